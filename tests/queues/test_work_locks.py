"""One piece of work has one holder, and others see whether it has one."""

from sqlalchemy import Engine, text

from cliply.db.work_locks import WorkLock, list_held


def test_work_has_one_holder_until_it_is_released(engine: Engine) -> None:
    mine, theirs = WorkLock(engine, "step a"), WorkLock(engine, "step a")
    assert mine.try_to_take()
    assert not theirs.try_to_take()
    assert WorkLock(engine, "step b").try_to_take()
    mine.release()
    assert theirs.try_to_take()
    theirs.release()


def test_others_see_which_work_is_held(engine: Engine, system_engine: Engine) -> None:
    names = [f"step {number}" for number in range(40)]  # digests with and without a sign
    held = [WorkLock(engine, name) for name in names[::2]]
    assert all(lock.try_to_take() for lock in held)
    assert list_held(system_engine, names) == set(names[::2])
    for lock in held:
        lock.release()
    assert list_held(system_engine, names) == set()


def test_a_lock_is_taken_again_when_its_connection_was_lost(
    engine: Engine, owner_engine: Engine
) -> None:
    lock = WorkLock(engine, "step c")
    assert lock.try_to_take()
    _end_connections(owner_engine)
    assert list_held(engine, ["step c"]) == set()
    assert lock.keep()
    assert list_held(engine, ["step c"]) == {"step c"}
    lock.release()


def test_who_finds_its_work_taken_over_does_not_keep_it(
    engine: Engine, owner_engine: Engine
) -> None:
    lost, other = WorkLock(engine, "step d"), WorkLock(engine, "step d")
    assert lost.try_to_take()
    _end_connections(owner_engine)
    assert other.try_to_take()
    assert not lost.keep()
    other.release()


def test_a_lock_holds_up_no_vacuum(engine: Engine) -> None:
    lock = WorkLock(engine, "step e")
    assert lock.try_to_take()
    assert lock.keep()
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "select backend_xmin, backend_xid from pg_stat_activity join pg_locks using (pid)"
                " where locktype = 'advisory'"
            )
        ).all()
    assert found == [(None, None)]
    lock.release()


def _end_connections(owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
        )
