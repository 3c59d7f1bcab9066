"""The bell: it never fails a request, and what it says is a job's id and nothing else."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.serializers import JSONSerializer

from tests.conftest import need
from webapp import queue
from webapp.queue import QUEUES, JobKind, QueueName, ring
from webapp.web.jobs import KIND_TEXTS


class Recorder:
    """Stand where RQ's queue stands."""

    made: list[tuple[str, object]] = []
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []
    error: Exception | None = None

    def __init__(self, name: str, connection: object, serializer: object) -> None:
        self.made.append((name, serializer))

    def enqueue(self, *arguments: object, **options: object) -> None:
        if self.error:
            raise self.error
        self.calls.append((arguments, options))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    Recorder.made, Recorder.calls, Recorder.error = [], [], None
    monkeypatch.setattr(queue, "RqQueue", Recorder)
    monkeypatch.setattr(queue, "connect", lambda _url: None)
    queue._pulse.cache_clear()
    return Recorder


def test_every_kind_of_job_has_a_queue() -> None:
    assert set(QUEUES) == set(JobKind)
    assert set(QUEUES.values()) == set(QueueName)


def test_a_ring_names_the_job_in_json_and_leaves_nothing_to_rq(recorder: type[Recorder]) -> None:
    assert ring("unix:///nowhere", "imports", "id-1")
    assert ring("unix:///nowhere", "imports", "id-1")
    assert recorder.made == [("imports", JSONSerializer)] * 2
    for arguments, options in recorder.calls:
        assert arguments == ("jobs.runner.run_job", "id-1")
        # No fixed id, no retry of RQ's own: the row decides.
        assert set(options) == {"job_timeout", "result_ttl", "failure_ttl", "description"}
        assert options["description"] == arguments[0]  # RQ logs it; by itself it would name the arguments
        assert options["result_ttl"] == 0


@pytest.mark.parametrize("error", [RedisConnectionError("away"), OSError("no socket")])
def test_a_queue_that_is_away_is_a_lost_ring_and_no_failure(
    error: Exception, recorder: type[Recorder], caplog: pytest.LogCaptureFixture
) -> None:
    recorder.error = error
    with caplog.at_level(logging.WARNING, "webapp.queue"):
        assert ring("unix:///nowhere", "imports", "id-1") is False
    assert "reconciler will ring" in caplog.text


def test_a_socket_that_is_not_there_answers_at_once(tmp_path: Path) -> None:
    assert ring(f"unix://{tmp_path}/none.sock", "imports", "id-1") is False


def test_without_a_queue_nothing_is_rung() -> None:
    assert ring(None, "imports", "id-1") is False


def test_the_function_that_is_rung_for_exists() -> None:
    from jobs import runner

    assert f"{runner.__name__}.{runner.run_job.__name__}" == queue._BELL


def test_a_client_gives_up_quickly() -> None:
    client = queue.connect("redis://127.0.0.1:1/0")
    assert isinstance(client, Redis)
    options = client.connection_pool.connection_kwargs
    assert options["socket_connect_timeout"] <= 0.5
    assert options["socket_timeout"] <= 0.5
    assert options["retry"].get_retries() == 0


# whether it is there


@pytest.fixture
def unknown() -> None:
    queue._pulse.cache_clear()


def test_a_server_that_is_not_there_is_away(tmp_path: Path, unknown: None) -> None:
    assert queue.is_away(f"unix://{tmp_path}/none.sock")


def test_a_server_that_takes_connections_and_says_nothing_is_away_and_nobody_waits_for_it(unknown: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        queue.is_away(url)
        pulse = queue._pulse(url)
        with pulse._asking:  # the question has come to its end
            assert pulse._is_away
        assert queue.is_away(url)
        assert ring(url, "imports", "id-1") is False


@pytest.mark.redis
def test_a_server_that_answers_is_there(unknown: None) -> None:
    url = need("TEST_REDIS_URL", "Redis is not there: set TEST_REDIS_URL")
    assert not queue.is_away(url)
    assert queue.waiting_bells(url, "nobody rings here") == 0


def test_while_it_is_away_a_ring_is_not_even_tried(recorder: type[Recorder]) -> None:
    recorder.error = RedisConnectionError("away")
    assert ring("unix:///nowhere", "imports", "id-1") is False
    recorder.error = None
    assert ring("unix:///nowhere", "imports", "id-2") is False
    queue._pulse("unix:///nowhere").note(is_away=False)
    assert ring("unix:///nowhere", "imports", "id-3")


def test_every_kind_of_job_has_a_name_in_words() -> None:
    assert set(KIND_TEXTS) == set(JobKind)
