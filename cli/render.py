"""`cliply render`: one edit of one file, or a render once more, without a job."""

from pathlib import Path
from typing import Annotated

import typer

from cli.progress import line, terminal
from cliply.domain.rendering import RenderSpec
from cliply.errors import ErrorCode, InvalidInput
from cliply.installation import engines_of, face_models_of
from cliply.settings import Settings, load_settings


def render(
    spec: Annotated[Path, typer.Option(help="JSON: a file and what to do to it, or a spec.json.")],
    out: Annotated[Path, typer.Option(help="Folder for the clip.")] = Path("clip"),
    source: Annotated[
        Path | None, typer.Option(help="The source, for the spec of an earlier render.")
    ] = None,
    attach: Annotated[
        list[Path] | None, typer.Option(help="A file that such a spec needs; may be repeated.")
    ] = None,
) -> None:
    """Render one clip as a JSON file says, and check it."""
    from cliply.services import orders

    wanted = orders.read_order(_text(spec))
    bench = _bench(load_settings())
    with terminal() as screen:
        with line(screen, "Render") as on_progress:
            if isinstance(wanted, RenderSpec):
                path = _needed(source)
                done = orders.render_again(wanted, path, attach or [], out, bench, on_progress)
            else:
                path = spec.parent / wanted.source
                done = orders.fill_order(wanted, spec.parent, out, bench, on_progress)
        orders.write_papers(done, out, path)
        for note in (*done.spec.notes, *done.files.report.repairs):
            screen.print(f"note: {note}", markup=False, soft_wrap=True)
        for finding in done.files.report.findings:
            mark = "ok  " if finding.passed else "FAIL"
            screen.print(f"{mark} {finding.message}", markup=False, soft_wrap=True)
        screen.print(f"{done.files.video}", markup=False, soft_wrap=True)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            ErrorCode.option_invalid, f"--spec: {path} can not be read ({error}); give a JSON file."
        ) from None


def _needed(source: Path | None) -> Path:
    if source is None:
        raise InvalidInput(
            ErrorCode.option_invalid, "--source: name the file that this spec was made for."
        )
    return source


def _bench(settings: Settings):  # type: ignore[no-untyped-def]
    from cliply.media.ffmpeg import find_ffmpeg
    from cliply.services.orders import Bench

    engines = engines_of(settings)
    return Bench(
        ffmpeg=find_ffmpeg(settings.ffmpeg_binary),
        detector=lambda: face_models_of(settings).make_detector(),
        chain=lambda given: engines.chain(sidecar=given),
    )
