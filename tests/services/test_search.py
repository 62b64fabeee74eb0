"""Indexing jobs and finding their moments, with real tables and a model that knows colours."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from cliply.domain.ids import JobId, JobRef, WorkspaceId
from cliply.domain.progress import OnProgress, unwatched
from cliply.domain.search import FoundBy, IndexedJob
from cliply.domain.transcript import Transcript
from cliply.errors import Cancelled, ErrorCode, InvalidInput
from cliply.media.frame_table import FrameTable
from cliply.search.database import SearchPlace, find_table, table_names
from cliply.search.embedder import Loaded, load_first
from cliply.search.rows import of_job
from cliply.services.indexing import index_job, remove_job
from cliply.services.search import FoundMoment, find_moments, load_for, relevance, thumbnail
from cliply.storage.keys import artifact_key, search_prefix
from cliply.storage.objects import ObjectStore
from tests.rows import new_job
from tests.search.colours import AbsentModel, ColourEmbedder, ColourModel, mean_colour, painted
from tests.search.talking import talk

BEES = talk(
    "The queen bee lays all of the eggs in spring.",
    "Her colony keeps the hive warm together.",
    "We priced the honey at nine dollars.",
    "Nobody complained about the blue label.",
    gap_ms=20_000,
)
COLOURS = ("red", "green", "green", "red", "red", "red", "red", "blue", "red")
"""Frames from 10 to 10 s; the blue one shows while the blue label is spoken of."""


class Library:
    """A workspace to index into and to search."""

    def __init__(self, engine: Engine, folder: Path, workspace: WorkspaceId) -> None:
        self.engine = engine
        self.folder = folder
        self.store = ObjectStore(folder.as_uri())
        self.place = SearchPlace(folder.as_uri())
        self.workspace = workspace

    def job(self) -> JobRef:
        return new_job(self.engine, self.workspace)

    def index(
        self,
        ref: JobRef,
        said: Transcript = BEES,
        colours: tuple[str, ...] = (),
        *,
        embedder: ColourEmbedder | None = None,
        reuse: bool = True,
        on_progress: OnProgress = unwatched,
    ) -> IndexedJob:
        """Index what was said and a frame of each colour, 10 s apart."""
        frames = self.folder / artifact_key(ref, "frames", ".parquet")
        frames.parent.mkdir(parents=True, exist_ok=True)
        with FrameTable(frames) as table:
            for place, colour in enumerate(colours):
                table.add(place * 10_000, 1.0, painted(colour))
        return index_job(
            self.engine,
            self.place,
            ref,
            said,
            frames,
            Loaded(embedder),
            reuse=reuse,
            on_progress=on_progress,
        )

    def search(
        self,
        query: str,
        *,
        embedder: ColourEmbedder | None = None,
        job_id: JobId | None = None,
        limit: int = 20,
    ) -> list[FoundMoment]:
        return find_moments(
            self.engine,
            self.place,
            self.workspace,
            query,
            job_id=job_id,
            limit=limit,
            embedder=embedder,
        )

    def rows_of(self, ref: JobRef) -> dict[str, int]:
        """Rows in each table that has some, of whatever edition."""
        database = self.place.below(search_prefix(self.workspace)).connect()
        counts = {}
        for name in table_names(database):
            table = find_table(database, name)
            assert table is not None
            counts[name] = table.count_rows(of_job(ref.job_id))
        return {name: count for name, count in counts.items() if count}


@pytest.fixture
def library(engine: Engine, tmp_path: Path, workspace: WorkspaceId) -> Library:
    return Library(engine, tmp_path, workspace)


def test_words_are_found_with_their_time_text_and_source(library: Library) -> None:
    ref = library.job()
    made = library.index(ref)

    (moment,) = library.search("the parts about pricing")

    assert (made.chunks, made.frames, made.model) == (4, 0, None)
    assert moment.hit.text == "We priced the honey at nine dollars."
    assert moment.hit.job_id == ref.job_id
    assert moment.hit.score == pytest.approx(1.0)
    assert moment.hit.found_by == (FoundBy.words,)
    assert (moment.file_name, moment.clip) == ("talk.mp4", None)


def test_a_workspace_never_finds_what_another_one_said(
    library: Library, rival: WorkspaceId
) -> None:
    library.index(library.job())
    other = Library(library.engine, library.folder, rival)

    assert other.search("honey") == []
    other.index(other.job())
    assert len(other.search("honey")) == 1
    assert len(library.search("honey")) == 1


def test_one_job_can_be_searched_alone(library: Library) -> None:
    first, second = library.job(), library.job()
    library.index(first)
    library.index(second)

    assert {moment.hit.job_id for moment in library.search("honey")} == {
        first.job_id,
        second.job_id,
    }
    (only,) = library.search("honey", job_id=second.job_id)
    assert only.hit.job_id == second.job_id
    assert library.search("honey", job_id=JobId(uuid4())) == []


def test_pictures_words_and_meaning_are_fused(library: Library) -> None:
    embedder = ColourEmbedder()
    made = library.index(library.job(), BEES, COLOURS, embedder=embedder)

    first, *others = library.search("blue", embedder=embedder)

    assert (made.frames, made.model, made.dimension) == (9, "colours-1", 24)
    assert first.hit.found_by == tuple(FoundBy)
    assert first.hit.frame_ms == 70_000
    assert first.hit.text == "Nobody complained about the blue label."
    assert all(other.hit.score < first.hit.score for other in others)
    assert [by for by in FoundBy if by in others[0].hit.found_by] != list(FoundBy)


def test_a_picture_is_found_where_nothing_is_said(library: Library) -> None:
    embedder = ColourEmbedder()
    ref = library.job()
    library.index(ref, talk(), ("red", "green", "red"), embedder=embedder)

    first, *_ = library.search("green", embedder=embedder)

    assert first.hit.frame_ms == 10_000
    assert (first.hit.span.start_ms, first.hit.span.end_ms) == (10_000, 11_000)
    assert first.hit.text == ""
    picture = thumbnail(library.store, library.workspace, first.hit)
    assert picture is not None
    assert mean_colour(picture).argmax() == 1


def test_the_thumbnail_of_a_text_is_a_frame_of_its_time(library: Library) -> None:
    colours = ("red",) * 4 + ("blue",) + ("red",) * 5
    library.index(library.job(), BEES, colours)

    (moment,) = library.search("pricing")  # said between 46 and 50 s
    picture = thumbnail(library.store, library.workspace, moment.hit)

    assert picture is not None
    assert mean_colour(picture).argmax() == 2


def test_a_source_without_frames_has_no_thumbnail(library: Library) -> None:
    ref = library.job()
    library.index(ref)
    (moment,) = library.search("pricing")

    assert thumbnail(library.store, library.workspace, moment.hit) is None
    library.store.delete([artifact_key(ref, "frames", ".parquet")])
    assert thumbnail(library.store, library.workspace, moment.hit) is None


def test_indexing_again_leaves_no_doubles_and_embeds_nothing_twice(library: Library) -> None:
    embedder = ColourEmbedder()
    ref = library.job()
    library.index(ref, BEES, ("red", "blue"), embedder=embedder)
    embedded, rows = embedder.embedded, library.rows_of(ref)

    again = library.index(ref, BEES, ("red", "blue"), embedder=embedder)
    forced = library.index(ref, BEES, ("red", "blue"), embedder=embedder, reuse=False)

    assert rows == {"chunks_en": 4, "chunk_vectors_colours_1_24": 4, "frames_colours_1_24": 2}
    assert library.rows_of(ref) == rows
    assert again.reused == ("frames", "chunks")
    assert (forced.reused, embedder.embedded) == ((), 2 * embedded)


def test_another_job_on_the_same_source_takes_the_vectors_that_are_there(library: Library) -> None:
    embedder = ColourEmbedder()
    library.index(library.job(), BEES, COLOURS, embedder=embedder)
    embedded = embedder.embedded
    other, corrected = library.job(), library.job()

    copied = library.index(other, BEES, COLOURS, embedder=embedder)
    words = library.index(corrected, talk("Other words."), COLOURS, embedder=embedder)

    assert (copied.frames, copied.reused) == (9, ("frames", "chunks"))
    assert words.reused == ("frames",), "frames do not depend on words"
    assert embedder.embedded == embedded + 1
    found = library.search("blue", embedder=embedder, job_id=other.job_id)
    assert found[0].hit.found_by == tuple(FoundBy)


def test_another_model_has_tables_of_its_own(library: Library) -> None:
    first, second = ColourEmbedder(), ColourEmbedder()
    second.model = "colours-2"
    ref = library.job()
    library.index(ref, BEES, ("red",), embedder=first)
    made = library.index(ref, BEES, ("red",), embedder=second)

    assert made.reused == ()
    names = set(library.rows_of(ref))
    assert names >= {"frames_colours_1_24", "frames_colours_2_24"}


def test_a_cancelled_job_keeps_what_it_had(library: Library) -> None:
    def stop(_fraction: float) -> None:
        raise Cancelled

    embedder = ColourEmbedder()
    ref = library.job()
    library.index(ref, BEES, ("red",), embedder=embedder)

    with pytest.raises(Cancelled):
        library.index(ref, BEES, ("blue", "red"), embedder=embedder, on_progress=stop)

    assert library.rows_of(ref)["frames_colours_1_24"] == 1


def test_a_removed_job_is_in_no_table_and_leaves_the_others(library: Library) -> None:
    embedder = ColourEmbedder()
    gone, kept = library.job(), library.job()
    library.index(gone, BEES, ("red",), embedder=embedder)
    library.index(kept, BEES, ("red",), embedder=embedder)

    remove_job(library.place, gone)
    remove_job(library.place, gone)

    assert library.rows_of(gone) == {}
    assert len(library.rows_of(kept)) == 3
    found = library.search("honey", embedder=embedder)
    assert {moment.hit.job_id for moment in found} == {kept.job_id}


def test_first_jobs_of_a_workspace_may_be_indexed_at_the_same_time(library: Library) -> None:
    refs = [library.job() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda ref: library.index(ref, BEES, ("red",), embedder=ColourEmbedder()), refs
            )
        )

    assert all(len(library.rows_of(ref)) == 3 for ref in refs)
    assert len(library.search("honey")) == 4


@pytest.mark.parametrize("query", ["", "   ", "\x00"])
def test_an_empty_query_is_refused_with_a_sentence(library: Library, query: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        library.search(query)
    assert refused.value.code is ErrorCode.query_empty


def test_a_query_of_any_length_is_answered(library: Library) -> None:
    embedder = ColourEmbedder()
    library.index(library.job(), BEES, ("red",), embedder=embedder)

    assert library.search("honey " * 10_000, embedder=embedder)
    assert library.search("'; DROP TABLE x; -- \" AND (honey", embedder=embedder)


def test_a_model_is_loaded_only_where_something_was_indexed_with_it(library: Library) -> None:
    models = [AbsentModel("large", "no weights"), ColourModel()]
    before = load_for(library.place, library.workspace, models)
    library.index(library.job(), BEES, ("red",), embedder=ColourEmbedder())
    after = load_for(library.place, library.workspace, models)

    assert before.embedder is None
    assert [one.reason for one in before.refusals] == [
        "no weights",
        "nothing was indexed with it",
    ]
    assert after.embedder is not None
    assert load_first(models).embedder is not None


def test_relevance_needs_no_index_and_orders_by_what_is_about_the_prompt() -> None:
    said = talk(
        "Welcome to the show.",
        "Pricing our honey is hard, and prices rise.",
        "The weather is fine.",
        "One price was wrong.",
        gap_ms=20_000,
    )

    (first, best), (second, less) = relevance(said, "the parts about pricing")

    assert (first.start_ms, best) == (21_600, 1.0)
    assert second.start_ms > first.start_ms
    assert 0 < less < 1
    assert relevance(said, "quasars") == []
    assert relevance(said, " ") == []
    assert relevance(talk(), "pricing") == []
