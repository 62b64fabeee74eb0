"""Dagster is as our two programs around it expect it to be."""

import multiprocessing
from types import ModuleType

import pytest
from dagster._daemon import sensor
from dagster._grpc import server

from cli import code_server, graph_daemon


@pytest.fixture
def as_before():
    """What the programs change is put back."""
    loop, place = sensor.MIN_INTERVAL_LOOP_TIME, server.multiprocessing
    yield
    sensor.MIN_INTERVAL_LOOP_TIME, server.multiprocessing = loop, place


def test_the_daemon_looks_at_its_sensors_every_second(as_before) -> None:
    assert sensor.MIN_INTERVAL_LOOP_TIME == 5, "Dagster has another pace: is ours still needed?"
    assert graph_daemon.LOOP in sensor.execute_sensor_iteration_loop.__code__.co_names

    graph_daemon.hurry()

    assert sensor.MIN_INTERVAL_LOOP_TIME == graph_daemon.LOOP_S


def test_runs_are_forked_from_a_warm_process(as_before) -> None:
    assert isinstance(server.multiprocessing, ModuleType)
    context = multiprocessing.get_context("forkserver")

    code_server.warm(context)

    names = server.DagsterApiServer.__init__.__code__.co_names
    assert {"multiprocessing", "get_context"} <= set(names)
    assert server.multiprocessing.get_context("spawn") is context
