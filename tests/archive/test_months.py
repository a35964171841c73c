"""A month leaves the database as a file and returns unchanged, without receipts erased in the meantime."""

import stat

import pytest
import sqlalchemy

from consent.archive.detach import Detacher
from consent.archive.forget_erased import forget_erased
from consent.archive.month_file import MonthFileError
from consent.archive.month_lock import MonthMoveError, month_lock
from consent.storage.archive import detached_months
from consent.storage.database import partitions
from consent.storage.log import entries, tree_store
from consent.storage.privacy import retention
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from consent.verify import check
from tests.archive.months import NOVEMBER, OCTOBER, at, signed_receipt

pytestmark = pytest.mark.extended


def tables_of(engine):
    return {name for name in sqlalchemy.inspect(engine).get_table_names() if partitions.is_partition(name)}


def erase(months, new, level="full"):
    months.eraser.erase(months.site, Subject("receipt", new.id), level, reason="asked", by="test")


def month_of(months, month=OCTOBER):
    with months.engine.connect() as connection:
        return detached_months.find_month(connection, months.site.id, month)


def test_a_detached_month_comes_back_as_it_was(months):
    before = months.rows()
    file = months.detach()
    assert len(months.rows()) == len(months.november)
    months.attach(file)
    assert months.rows() == before
    assert not file.exists()
    assert month_of(months) is None
    with months.engine.connect() as connection:
        assert detached_months.get(connection, months.october[0].id) is None


def test_the_file_of_a_month_is_an_export_that_an_auditor_can_verify_and_identifies_nobody(months):
    file = months.detach()
    code, said = check(file, months.key_files())
    assert (code, said.partition(" in the log")[0]) == (0, "True: 12 receipts are")
    text = file.read_text()
    assert not [new for new in months.october if new.visitor and new.visitor in text]
    assert not [new for new in months.october if new.salt.hex() in text]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_on_postgresql_the_partition_is_gone_and_personal_parts_stay(months):
    months.detach()
    if months.engine.dialect.name == "postgresql":
        assert "receipt_2024_10" not in tables_of(months.engine)
        assert "receipt_personal_2024_10" in tables_of(months.engine)
    with months.engine.connect() as connection:
        assert receipts.personal(connection, months.october[0].id).visitor == "b" * 32
        assert receipts.latest_of_visitor(connection, months.site.id, "b" * 32).id == months.november[3].id


def test_finds_an_archived_receipt_by_id_with_its_log_index(months):
    before = {row.id: row.log_index for row in map(_found(months), months.october)}
    file = months.detach()
    with months.engine.connect() as connection:
        for new in months.october:
            found = detached_months.get(connection, new.id)
            assert (found.time, found.site_id, found.log_index) == (new.time, months.site.id, before[new.id])
            assert tree_store.LogTree(months.engine, months.site.id).leaf(found.log_index) == new.leaf_hash
        assert receipts.get(connection, months.october[0].id) is None
    assert month_of(months).file == str(file)


def _found(months):
    def find(new):
        with months.engine.connect() as connection:
            return receipts.get(connection, new.id)

    return find


def test_the_log_records_detached_and_reattached_months(months):
    file = months.detach()
    sha256 = month_of(months).sha256
    months.attach(file)
    with months.engine.connect() as connection:
        told = [entry.subject for entry in entries.of_kind(connection, months.site.id, "audit")]
        assert tree_store.leaves(connection, months.site.id, 20) == 20
    assert told == ["month.detached", "month.attached"]
    assert len(sha256) == 64


def test_an_erasure_made_meanwhile_survives_and_is_applied_to_the_file(months):
    file = months.detach()
    copy = file.with_name("copy.jsonl")
    copy.write_bytes(file.read_bytes())
    gone, unlinked = months.october[3], months.october[4]
    erase(months, gone)
    erase(months, unlinked, "unlink")
    assert month_of(months).pending_erasures == 1
    assert gone.jws in file.read_text()
    assert [month.pending_erasures for month in forget_erased(months.engine, months.folder)] == [0]
    assert gone.jws not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert check(file, months.key_files())[0] == 0
    months.attach(copy)
    with months.engine.connect() as connection:
        found = receipts.get(connection, gone.id)
        assert (found.erased, found.jws, found.leaf_hash) == (True, "", gone.leaf_hash)
        assert receipts.personal(connection, gone.id) is None
        kept = receipts.get(connection, unlinked.id)
        assert (kept.erased, kept.jws) == (False, unlinked.jws)
        assert receipts.personal(connection, unlinked.id) is None


def test_a_visitor_is_erased_with_what_lies_in_files(months):
    months.detach()
    mine = [new for new in (*months.october, *months.november) if new.visitor == "b" * 32]
    done = months.eraser.erase(months.site, Subject("visitor", "b" * 32), "full", reason="asked", by="test")
    assert done.receipts == len(mine)
    with months.engine.connect() as connection:
        assert [detached_months.get(connection, new.id).erased for new in months.october if new in mine] == [True] * 4
        assert detached_months.of_subject(connection, months.site.id, Subject("visitor", "b" * 32)) == []


def test_a_receipt_that_was_erased_before_is_blank_in_the_file_and_when_it_is_back(months):
    erase(months, months.october[2])
    before = months.rows()
    file = months.detach()
    assert month_of(months).pending_erasures == 0
    months.attach(file)
    assert months.rows() == before


def test_retention_applies_to_archived_receipts(months):
    later = at(1, 2) + 4 * 365 * 86400
    with months.engine.connect() as connection:
        before = retention.preview(connection, months.site.id, later)
    months.detach()
    with months.engine.connect() as connection:
        assert retention.preview(connection, months.site.id, later) == before
        due = retention.expired(connection, months.site.id, later, 100)
    assert {new.id for new in months.october} & set(due)
    assert len(due) == before.receipts


@pytest.mark.parametrize("detached_too", [False, True])
def test_a_withdrawn_consent_is_due_wherever_its_two_receipts_are_stored(months, detached_too):
    first = signed_receipt(months.site, months.keys, at(20), 1)
    back = signed_receipt(months.site, months.keys, at(20, 11), 1, action="withdraw", previous=first.id)
    for new in (first, back):
        months.writer.submit(new)
    months.sequence()
    months.detach()
    if detached_too:
        months.detach(NOVEMBER)
    with months.engine.connect() as connection:
        assert retention.withdrawn_ids(connection, months.site.id, at(21, 11) + 3 * 365 * 86400 + 86400) == [first.id]


def test_a_month_stays_while_its_choices_may_be_repeated(months):
    clock = partitions.start_of(OCTOBER + 1) + 59 * 86400
    detacher = Detacher(months.source, months.folder / "months", months.folder, months.author, clock=lambda: clock)
    with pytest.raises(MonthMoveError, match="2024-10 can be detached 60 days after its end"):
        detacher.detach(OCTOBER)
    assert not (months.folder / "months").exists()


def test_a_receipt_not_yet_in_the_log_keeps_its_month_in_the_database(months):
    months.writer.submit(signed_receipt(months.site, months.keys, at(25)))
    with pytest.raises(MonthMoveError, match="are not in the log yet"):
        months.detach()
    assert len(months.rows()) == 19


def test_a_modified_row_is_detected_and_keeps_its_month_in_the_database(months):
    with months.engine.begin() as connection:
        changed = "UPDATE receipt SET country = 'FR' WHERE id = :id"
        connection.execute(sqlalchemy.text(changed), {"id": months.october[0].id})
    with pytest.raises(MonthFileError, match="differs from what was signed"):
        months.detach()
    assert len(months.rows()) == 18
    assert list((months.folder / "months").iterdir()) == []


def test_only_one_process_moves_months(months):
    file = months.detach(NOVEMBER)
    months.eraser.erase(months.site, Subject("receipt", months.november[0].id), "full", reason="asked", by="test")
    with month_lock(months.engine, months.folder):
        for move in (months.detach, lambda: months.attach(file), lambda: forget_erased(months.engine, months.folder)):
            with pytest.raises(MonthMoveError, match="Another process is"):
                move()
    months.detach()


def test_a_month_without_receipts_cannot_be_detached(months):
    detacher = Detacher(months.source, months.folder / "months", months.folder, months.author)
    assert detacher.detach(partitions.read_month("2023-01")) == []
