"""What the API answers while another process holds the database's write lock for longer than it waits."""

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from tests.api.shop import Shop

pytestmark = pytest.mark.app


@pytest.fixture
def impatient(shop: Shop) -> Shop:
    """Return a shop whose service waits at most 20 ms for other processes."""
    engine = shop.service.context.engine
    engine.dispose()
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 20"))
    return shop


@contextlib.contextmanager
def locked(shop: Shop) -> Iterator[None]:
    """Hold the database's write lock from another connection until the block ends."""
    file = shop.service.context.engine.url.database
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE site SET name = name")
        yield
        other.rollback()


def test_a_choice_is_rejected_while_locked_and_stored_on_retry(impatient: Shop) -> None:
    body = impatient.choice()
    with locked(impatient):
        refused = impatient.choose(body)
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")
        assert refused.headers["Retry-After"]
    # 200 if the writer stored it between the 503, which is sent after a second, and the end of the lock.
    assert impatient.choose(body).status_code in (200, 201)
    assert impatient.receipts() == 1


def test_a_change_by_the_api_is_refused_in_the_one_json_shape(impatient: Shop) -> None:
    receipt = impatient.choose(impatient.choice()).json["id"]
    token = impatient.token("privacy:erase")
    body = {"receipt": receipt, "level": "unlink", "reason": "by letter"}

    def erase():
        return impatient.client.post("/api/v1/sites/shop/erasures", json=body, headers={"Authorization": token})

    with locked(impatient):
        refused = erase()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json["error"]["code"] == "unavailable"
        assert refused.json["error"]["message"] == "The database is unavailable; nothing was written."
    assert erase().status_code == 201
