"""Terms of a workspace: kept once, and seen by nobody else."""

import pytest
from sqlalchemy import Engine

from cliply.domain.ids import WorkspaceId
from cliply.domain.vocabulary import MOST_TERMS, Term
from cliply.errors import ErrorCode, InvalidInput, NotFound
from cliply.services.vocabulary import list_terms, put_term, remove_term

CLIPLY = Term(text="Cliply", heard_as=("clip lee",))


def test_a_term_is_kept_once_and_may_change_its_readings(engine: Engine, workspace: WorkspaceId):
    put_term(engine, workspace, CLIPLY)
    put_term(engine, workspace, Term(text="Ada"))
    put_term(engine, workspace, CLIPLY.model_copy(update={"heard_as": ("cliff lee",)}))
    assert list_terms(engine, workspace) == (
        Term(text="Ada"),
        Term(text="Cliply", heard_as=("cliff lee",)),
    )


def test_another_workspaces_terms_are_not_seen(
    engine: Engine, workspace: WorkspaceId, rival: WorkspaceId
):
    put_term(engine, rival, CLIPLY)
    assert list_terms(engine, workspace) == ()
    with pytest.raises(NotFound):
        remove_term(engine, workspace, "Cliply")
    assert list_terms(engine, rival) == (CLIPLY,)


def test_a_removed_term_is_gone(engine: Engine, workspace: WorkspaceId):
    put_term(engine, workspace, CLIPLY)
    remove_term(engine, workspace, "Cliply")
    assert list_terms(engine, workspace) == ()


def test_a_full_vocabulary_takes_no_more_terms(engine: Engine, workspace: WorkspaceId):
    for number in range(MOST_TERMS):
        put_term(engine, workspace, Term(text=f"term {number}"))
    with pytest.raises(InvalidInput) as refusal:
        put_term(engine, workspace, CLIPLY)
    assert refusal.value.code is ErrorCode.vocabulary_full
    assert len(list_terms(engine, workspace)) == MOST_TERMS
