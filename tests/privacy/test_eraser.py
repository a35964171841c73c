"""Erasures on request: by receipt, by visitor, by retention, and again after a restore."""

import base64
import datetime
import json
import threading

import pytest
from sqlalchemy import func, select

from consent.log.audit_author import COMMAND_LINE, Author
from consent.privacy import eraser as erasing
from consent.privacy.eraser import Eraser, LegalHoldError
from consent.privacy.marks_service import Marking, put_mark
from consent.storage.log import entries
from consent.storage.privacy import erasures, marks
from consent.storage.privacy.erasure_list import ErasureList, ListedErasure
from consent.storage.privacy.marks import HOLD, RESTRICTION
from consent.storage.receipts import receipts
from consent.storage.receipts.new_receipt import KeyErasedError
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import Subject, UnknownSubjectError
from consent.storage.tables.privacy import Erasure, PrivacyMark
from tests.log.sequencing import check_whole
from tests.storage.sample_receipts import DAY, NOW, receipt_of

MINE = "b" * 32
WHY = {"reason": "asked by letter", "by": "a" * 32}


@pytest.fixture
def eraser(engine, keys, tmp_path):
    return Eraser(engine, keys.receipt, tmp_path, clock=lambda: NOW + DAY)


@pytest.fixture
def news(writer, shop):
    """Write three receipts of one visitor and one of another."""
    mine = [receipt_of(shop.id, visitor=MINE, time=NOW + step) for step in range(3)]
    made = [*mine, receipt_of(shop.id, time=NOW + 3)]
    for new in made:
        writer.submit(new)
    return made


def hold(engine, site, *subject, kind=HOLD):
    with engine.begin() as transaction:
        marks.put(transaction, site.id, kind, Subject(*subject), reason="a court asks", by="a" * 32, now=NOW)


def erasures_of(engine, site):
    """Return the erasure entries in the log."""
    with engine.connect() as transaction:
        found = entries.of_kind(transaction, site.id, "erasure")
    return [json.loads(base64.urlsafe_b64decode(entry.jws.split(".")[1] + "==")) for entry in found]


def state(engine, news):
    """Return whether each receipt's signed part and personal part exist."""
    with engine.connect() as transaction:
        return [
            (not receipts.get(transaction, new.id).erased, receipts.personal(transaction, new.id) is not None)
            for new in news
        ]


WHOLE, UNLINKED, GONE = (True, True), (True, False), (False, False)


@pytest.mark.parametrize(("level", "left"), [("unlink", UNLINKED), ("full", GONE)])
def test_all_receipts_of_a_visitor_are_erased_and_no_other(engine, shop, eraser, news, writer, level, left):
    assert eraser.erase(shop, Subject("visitor", MINE), level, **WHY) == (3, 0, NOW + DAY)
    assert state(engine, news) == [left, left, left, WHOLE]
    with pytest.raises(KeyErasedError):
        writer.submit(news[0])


def test_one_receipt_is_erased_and_the_others_of_the_visitor_are_counted(engine, shop, eraser, news):
    assert eraser.erase(shop, Subject("receipt", news[1].id), "unlink", **WHY) == (1, 2, NOW + DAY)
    assert state(engine, news) == [WHOLE, UNLINKED, WHOLE, WHOLE]


def test_the_log_tells_how_many_and_when_and_nobodys_id(engine, shop, eraser, news, sequencer):
    sequencer.run()
    eraser.erase(shop, Subject("visitor", MINE), "full", **WHY)
    assert sequencer.run() == 1
    (said,) = erasures_of(engine, shop)
    assert set(said) == {"schema", "id", "site", "time", "count", "level", "cause"}
    assert (said["count"], said["level"], said["cause"], said["time"]) == (3, "full", "request", "2026-11-26T00:00:00Z")
    assert check_whole(engine, shop) == 5


def test_what_was_erased_before_it_was_in_the_log_gets_its_place_all_the_same(engine, shop, eraser, news, sequencer):
    eraser.erase(shop, Subject("visitor", MINE), "full", **WHY)
    sequencer.run()
    assert check_whole(engine, shop) == 5


def test_an_erasure_is_written_down_with_its_reason(engine, shop, eraser, news):
    eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY)
    with engine.connect() as transaction:
        assert erasures.every(transaction, shop.id) == [
            ((NOW + DAY, "unlink", "request", "asked by letter", "a" * 32), 3)
        ]


@pytest.mark.parametrize("level", ["unlink", "full"])
def test_a_repeated_erasure_changes_nothing_and_adds_no_leaf(engine, shop, eraser, news, level):
    subject = Subject("receipt", news[0].id)
    assert eraser.erase(shop, subject, level, **WHY).receipts == 1
    assert eraser.erase(shop, subject, level, **WHY).receipts == 0
    assert len(erasures_of(engine, shop)) == 1


def test_an_unknown_subject_is_not_erased(engine, shop, eraser, news, writer, tmp_path):
    foreign = writer.submit(receipt_of(shop.id + 1, visitor="c" * 32)).id
    for subject in (("receipt", foreign), ("visitor", "c" * 32), ("receipt", "0" * 32), ("visitor", "0" * 32)):
        with pytest.raises(UnknownSubjectError):
            eraser.erase(shop, Subject(*subject), "full", **WHY)
    assert (erasures_of(engine, shop), ErasureList(tmp_path / "erasures").sites()) == ([], [])


@pytest.mark.parametrize("by_visitor", [True, False])
def test_a_legal_hold_refuses_the_erasure_of_all_until_it_is_lifted(engine, shop, eraser, news, tmp_path, by_visitor):
    held = ("visitor", MINE) if by_visitor else ("receipt", news[1].id)
    hold(engine, shop, *held)
    with pytest.raises(LegalHoldError) as refused:
        eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY)
    assert refused.value.count == (3 if by_visitor else 1)
    assert state(engine, news) == [WHOLE] * 4
    assert (erasures_of(engine, shop), ErasureList(tmp_path / "erasures").sites()) == ([], [])
    with engine.begin() as transaction:
        marks.lift(transaction, shop.id, HOLD, Subject(*held))
    assert eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY).receipts == 3


def test_a_restriction_does_not_refuse_and_goes_with_the_last_receipt_that_names_the_visitor(
    engine, shop, eraser, news
):
    hold(engine, shop, "visitor", MINE, kind=RESTRICTION)
    hold(engine, shop, "receipt", news[0].id, kind=RESTRICTION)
    subjects = []
    for new in news[:3]:
        eraser.erase(shop, Subject("receipt", new.id), "unlink", **WHY)
        with engine.connect() as transaction:
            subjects.append(list(transaction.execute(select(PrivacyMark.subject)).scalars()))
    assert subjects == [[MINE], [MINE], []]


def test_a_prune_erases_in_full_what_is_due_step_by_step(engine, shop, keys, writer, tmp_path, sequencer, monkeypatch):
    monkeypatch.setattr(erasing, "STEP", 3)
    old = [receipt_of(shop.id, time=NOW + step, visitor=f"{step:032x}") for step in range(7)]
    young = receipt_of(shop.id, time=NOW + 40 * 31 * DAY)
    for new in [*old, young]:
        writer.submit(new)
    hold(engine, shop, "receipt", old[3].id)
    eraser = Eraser(engine, keys.receipt, tmp_path, clock=lambda: NOW + 40 * 31 * DAY)
    assert list(eraser.prune(shop, by="a" * 32)) == [3, 3]
    assert state(engine, [*old, young]) == [GONE] * 3 + [WHOLE] + [GONE] * 3 + [WHOLE]
    assert [(said["count"], said["level"], said["cause"]) for said in erasures_of(engine, shop)] == [
        (3, "full", "retention")
    ] * 2
    assert list(eraser.prune(shop, by="a" * 32)) == []
    sequencer.run()
    assert check_whole(engine, shop) == 10


def restored(writer, news):
    """Restore the receipts as a backup would."""
    return [writer.submit(new).id for new in news]


def test_after_a_restore_the_lists_are_erased_again(engine, shop, keys, writer, eraser, news, tmp_path):
    eraser.erase(shop, Subject("receipt", news[0].id), "unlink", **WHY)
    eraser.erase(shop, Subject("receipt", news[1].id), "full", **WHY)
    assert sum(eraser.replay(by="a" * 32)) == 0
    with engine.begin() as transaction:
        for model in ("receipt", "receipt_personal", "receipt_key", "erasure"):
            transaction.exec_driver_sql(f"DELETE FROM {model}")
    restored(writer, news)
    hold(engine, shop, "receipt", news[0].id)
    assert state(engine, news) == [WHOLE] * 4
    assert list(eraser.replay(by="a" * 32)) == [1, 1]
    assert state(engine, news) == [UNLINKED, GONE, WHOLE, WHOLE]
    assert [said["cause"] for said in erasures_of(engine, shop)] == ["request", "request", "restore", "restore"]
    assert list(eraser.replay(by="a" * 32)) == [0, 0]


def test_lists_of_sites_that_a_restored_database_does_not_have_are_passed_over(engine, shop, eraser, news, tmp_path):
    ErasureList(tmp_path / "erasures").add("nobody", ListedErasure(NOW, "full", [news[0].id]))
    assert list(eraser.replay(by="a" * 32)) == []
    assert state(engine, news) == [WHOLE] * 4


def test_a_replay_recovers_from_a_crash_between_list_and_database(engine, shop, eraser, news, monkeypatch):
    def crash(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erasures, "record", crash)
        with pytest.raises(KeyboardInterrupt):
            eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY)
    assert state(engine, news) == [WHOLE] * 4
    assert sum(eraser.replay(by="a" * 32)) == 3


def test_the_files_are_to_be_cleared_after_each_act(engine, shop, keys, news, tmp_path):
    calls = []
    eraser = Eraser(engine, keys.receipt, tmp_path, lambda: calls.append(1))
    eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY)
    assert calls == [1]
    with engine.connect() as transaction:
        assert transaction.execute(select(func.count()).where(Erasure.is_purge_pending)).scalar_one() == 1
        assert len(receipts.search(transaction, shop.id, Filters()).items) == 4


def test_a_hold_on_a_period_refuses_the_erasure_of_what_was_made_in_it(engine, shop, eraser, news):
    day = datetime.date(2026, 11, 25)
    with engine.begin() as transaction:
        marks.put(transaction, shop.id, HOLD, marks.period(day, day), reason="a court asks", by="a" * 32, now=NOW)
    with pytest.raises(LegalHoldError) as refused:
        eraser.erase(shop, Subject("visitor", MINE), "unlink", **WHY)
    assert (refused.value.count, state(engine, news)) == (3, [WHOLE] * 4)


def test_a_hold_placed_during_an_erasure_waits_for_its_end(engine, shop, keys, eraser, news, monkeypatch):
    held_ids, placed = marks.held_ids, []
    marking = Marking(HOLD, Subject("visitor", MINE))

    def place():
        try:
            with engine.begin() as transaction:
                put_mark(transaction, Author(COMMAND_LINE, keys.receipt), shop, marking, "a court asks", NOW)
            placed.append("placed")
        except UnknownSubjectError:
            placed.append("unknown")

    other = threading.Thread(target=place)

    def held_while_another_places(transaction, site_id, ids):
        found = held_ids(transaction, site_id, ids)
        other.start()
        other.join(0.3)
        return found

    monkeypatch.setattr(marks, "held_ids", held_while_another_places)
    assert eraser.erase(shop, Subject("visitor", MINE), "full", **WHY).receipts == 3
    other.join()
    assert placed == ["unknown"]
