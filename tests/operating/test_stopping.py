"""The service stopped, and the service killed, while choices come in."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.operating.load import under_load
from tests.operating.service import Service, descendants
from tests.operating.slow_sender import slow_senders
from tests.polling import wait_for

pytestmark = pytest.mark.extended


def test_sigterm_answers_what_is_in_flight_and_loses_nothing(service: Service) -> None:
    service.start()
    with under_load(service) as load, slow_senders(service, 8) as senders:
        load.wait_for(200)
        service.process.send_signal(signal.SIGTERM)
        _wait_until_refused(service)
        assert [sender.finish() for sender in senders] == [201] * 8
        assert service.process.wait(60) == 0, service.output
    # Connections without a request are closed; every request in progress is answered.
    closed = (ConnectionRefusedError, ConnectionResetError, BrokenPipeError)
    assert [error for error in load.errors if not isinstance(error, closed)] == []
    assert load.refused == []
    stored = service.stored_ids()
    assert load.acknowledged <= stored
    assert len(stored) >= len(load.acknowledged) + 8


def test_kill_9_of_the_worker_loses_nothing_and_another_takes_over(service: Service) -> None:
    service.start()
    worker = service.tree()[-1]
    with under_load(service) as load:
        load.wait_for(200)
        os.kill(worker, signal.SIGKILL)
    assert load.acknowledged <= service.stored_ids()
    _wait_until_back(service)
    assert worker not in descendants(service.process.pid)
    assert service.choose().status == 201
    assert service.stop() == 0


@pytest.mark.long
def test_kill_9_of_the_main_process_leaves_no_worker_behind(service: Service) -> None:
    service.start()
    worker = service.tree()[-1]
    service.process.kill()
    service.process.wait(60)
    wait_for(lambda: not Path(f"/proc/{worker}").exists())


@pytest.mark.long
def test_kill_9_of_everything_loses_nothing(service: Service) -> None:
    _kill(service, 1)
    service.start()
    assert service.choose().status == 201


@pytest.mark.long
@pytest.mark.timeout(900)
def test_kill_9_again_and_again_loses_nothing(service: Service) -> None:
    _kill(service, 10)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_kill_9_of_everything_loses_nothing_on_postgresql(postgres_service: Service) -> None:
    _kill(postgres_service, 20)


@pytest.mark.long
def test_the_same_choice_again_after_a_crash_is_the_same_receipt(service: Service, tmp_path: Path) -> None:
    service.start()
    body = service.choice()
    first = service.choose(body).json
    service.kill()
    service.start()
    again = service.choose(body)
    assert (again.status, again.json["receipt"]) == (200, first["receipt"])


def _kill(service: Service, rounds: int) -> None:
    """Start the service, load it and kill it `rounds` times; what was acknowledged must still be there each time."""
    acknowledged: set[str] = set()
    for _ in range(rounds):
        service.start()
        with under_load(service) as load:
            load.wait_for(200)
            service.kill()
        acknowledged |= load.acknowledged
        assert acknowledged <= service.stored_ids()


def _wait_until_refused(service: Service) -> None:
    """Wait until the service refuses connections, which means that the signal has arrived."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            service.ask("/healthz")
        except OSError:
            return
    raise AssertionError("the service still takes connections")


def _wait_until_back(service: Service) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if service.ask("/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(service.output)
