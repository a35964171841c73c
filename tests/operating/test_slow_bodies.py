"""Clients that never finish a body, without a proxy in front of the service: nobody waits for them."""

import sys

import pytest

from tests.operating.service import DECISION, ROOT, Service
from tests.operating.slow_sender import slow_senders
from tests.polling import wait_for

pytestmark = [pytest.mark.attack, pytest.mark.extended]

THREADS = 8


@pytest.fixture
def narrow(service: Service) -> Service:
    """Return a service with few threads, so that few clients could occupy them all."""
    service.environ["CONSENT_THREADS"] = str(THREADS)
    return service


def test_bodies_that_never_end_hold_no_worker(narrow: Service) -> None:
    narrow.start()
    choice = narrow.choice()
    with slow_senders(narrow, THREADS * 4) as senders:
        assert narrow.ask(DECISION).status == 200
        assert narrow.choose(choice).status == 201
        assert narrow.ask("/login").status == 200
        wait_for(lambda: not any(sender.is_waiting() for sender in senders))
        assert {sender.status() for sender in senders} == {503}
    assert narrow.ask("/readyz").status == 200


@pytest.mark.long
def test_bodies_that_never_end_hold_no_worker_under_gunicorn(narrow: Service) -> None:
    server = ["-m", "gunicorn", "--worker-class", "gthread", "--threads", str(THREADS), "--no-control-socket"]
    narrow.start(
        sys.executable, *server, "--bind", f"127.0.0.1:{narrow.port}", "--chdir", str(ROOT), "wsgi:application"
    )
    choice = narrow.choice()
    with slow_senders(narrow, THREADS * 4) as senders:
        assert narrow.ask(DECISION).status == 200
        assert narrow.choose(choice).status == 201
        ended = [sender for sender in senders if not sender.is_waiting()]
        # 400 if another connection was shut down in the same millisecond.
        assert {503} <= {sender.status() for sender in ended} <= {400, 503}
    assert narrow.ask("/readyz").status == 200


@pytest.mark.long
def test_a_body_in_pieces_is_taken_while_there_is_room(narrow: Service) -> None:
    narrow.start()
    with slow_senders(narrow, 2) as senders:
        for _ in range(5):
            for sender in senders:
                sender.send(10)
            assert narrow.ask(DECISION).status == 200
        assert [sender.finish() for sender in senders] == [201, 201]


@pytest.mark.long
def test_a_slow_upload_to_the_dashboard_is_ended_and_its_page_says_so(narrow: Service) -> None:
    narrow.start()
    with slow_senders(narrow, THREADS, path="/login", content_type="application/x-www-form-urlencoded") as senders:
        ended = wait_for(lambda: [sender for sender in senders if not sender.is_waiting()])
        assert {sender.status() for sender in ended} <= {408}
