"""Interrupted operations continue where they stopped: on SQLite, months are moved some receipts at a time."""

import pytest

from consent.archive import attach, detach
from consent.storage.archive import detached_months
from consent.storage.maintenance import bulk_insert
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from tests.archive.months import OCTOBER


class PowerCut(Exception):
    pass


def cut(monkeypatch, module, name, after):
    """Make `module.name` work `after` times and then raise PowerCut."""
    whole, calls = getattr(module, name), []

    def limited(*arguments):
        calls.append(arguments)
        if len(calls) > after:
            raise PowerCut
        return whole(*arguments)

    monkeypatch.setattr(module, name, limited)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr(detach, "STEP", 5)
    monkeypatch.setattr(attach, "STEP", 5)
    monkeypatch.setattr(detached_months, "STEP", 4)


def test_an_interrupted_detach_is_resumed(months, monkeypatch):
    before = months.rows()
    with monkeypatch.context() as broken:
        cut(broken, detached_months, "index_receipts", 1 if months.engine.dialect.name == "sqlite" else 0)
        with pytest.raises(PowerCut):
            months.detach()
    left = {row[0] for row in months.rows()}
    with months.engine.connect() as connection:
        # Each receipt is in exactly one place, and no file remains that the database doesn't know.
        assert [new.id in left for new in months.october] == [
            detached_months.get(connection, new.id) is None for new in months.october
        ]
        is_known = detached_months.find_month(connection, months.site.id, OCTOBER) is not None
    assert len(list((months.folder / "months").glob("*"))) == is_known
    gone = months.october[11]
    months.eraser.erase(months.site, Subject("receipt", gone.id), "full", reason="asked", by="test")
    file = months.detach()
    months.attach(file)
    with months.engine.connect() as connection:
        assert receipts.get(connection, gone.id).erased
    assert [row for row in months.rows() if row[0] != gone.id] == [row for row in before if row[0] != gone.id]


def test_an_interrupted_attach_is_resumed(months, monkeypatch):
    before = months.rows()
    file = months.detach()
    with monkeypatch.context() as broken:
        cut(broken, bulk_insert, "load", 1 if months.engine.dialect.name == "sqlite" else 0)
        with pytest.raises(PowerCut):
            months.attach(file)
    assert file.exists()
    months.attach(file)
    assert months.rows() == before
