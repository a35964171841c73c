"""What the tests of alarms share: the context of a check, a clock, and what is found and written before it."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.alarms.rules import AlarmContext
from consent.storage.receipts.committer import Commits, Job
from consent.storage.scans import scans
from tests.storage.fixtures import engine, shop  # noqa: F401 - fixtures
from tests.storage.sample_receipts import NOW, receipt_of

CONFIG = "sha256:" + "0" * 64


class FakeReader:
    """A geo database that only knows its build date."""

    def __init__(self) -> None:
        self.description = type("Description", (), {"status": "ok", "build_epoch": NOW})()


class FakeRules:
    """Rules that only know when they were compared with the law, without any rows."""

    version = "2026-11-24"
    codes = ()


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(engine: Engine, shop: Any) -> Iterator[AlarmContext]:  # noqa: F811
    """Yield the context of a check on a quiet site."""
    with engine.connect() as connection:
        yield AlarmContext(connection, [shop._replace(live_config=CONFIG)], NOW, 3600, NOW, NOW)


def finding(**changes: Any) -> scans.StoredFinding:
    values = {
        **dict.fromkeys(scans.StoredFinding._fields, ""),
        "kind": "cookie", "name": "_ga", "host": "www.shop.example", "third_party": False, "lifetime_s": None,
        "group": "analytics", "purpose": None, "vendor": "google-analytics", "confidence": 1.0, "is_leak": False,
        "situations": "none", "leaks": "[]", "gone_at": None, "first_seen": NOW, "last_seen": NOW,
    }  # fmt: skip
    return scans.StoredFinding(**values | changes)


def write(engine: Engine, count: int, **changes: Any) -> None:  # noqa: F811
    commits = Commits(engine)
    commits.commit_or_retry([Job(receipt_of(1, **changes)) for _ in range(count)], lambda: None)
    commits.drop()
