"""Only the complete, unchanged file of a detached month is accepted; any other is refused with one sentence."""

import hashlib
import json

import pytest

from consent.archive import attach
from consent.archive import month_file as files
from consent.archive.forget_erased import forget_erased
from consent.archive.month_file import MonthFileError
from consent.archive.row_codec import COLUMNS
from consent.storage.archive import detached_months
from consent.storage.maintenance.bulk_insert import load
from consent.storage.selection.subjects import Subject
from tests.archive.months import NOVEMBER, at, signed_receipt

pytestmark = pytest.mark.extended


def lines_of(file):
    return file.read_bytes().splitlines(keepends=True)


def resealed(rows, manifest, **facts):
    """Return a file with `rows` and a manifest that matches them."""
    body = b"".join(rows)
    facts = {"count": len(rows), "sha256": hashlib.sha256(body).hexdigest()} | facts
    return body + json.dumps({"manifest": json.loads(manifest)["manifest"] | facts}).encode() + b"\n"


def truncated(months, file):
    return file.read_bytes()[:-100]


def without_manifest(months, file):
    return b"".join(lines_of(file)[:-1])


def with_a_row_less(months, file):
    *rows, manifest = lines_of(file)
    return resealed(rows[:-1], manifest)


def with_a_row_twice(months, file):
    *rows, manifest = lines_of(file)
    return resealed([rows[0], *rows], manifest)


def with_rows_swapped(months, file):
    *rows, manifest = lines_of(file)
    return resealed([rows[1], rows[0], *rows[2:]], manifest)


def with_a_byte_changed(months, file):
    data = file.read_bytes()
    place = data.index(b"accept_all")
    return data[:place] + b"reject_all" + data[place + 10 :]


def with_another_receipt(months, file):
    *rows, manifest = lines_of(file)
    forged = signed_receipt(months.site, months.keys, at(5), action="reject_all")
    row = json.loads(rows[3]) | {"receipt": forged.jws, "id": forged.id}
    return resealed([*rows[:3], json.dumps(row).encode() + b"\n", *rows[4:]], manifest)


def with_a_blank_row(months, file):
    *rows, manifest = lines_of(file)
    row = json.loads(rows[3])
    leaf = hashlib.sha256(b"\0" + row["receipt"].encode()).hexdigest()
    blank = {"erased": True, "leaf_hash": leaf, "index": row["index"], "proof": row["proof"]}
    return resealed([*rows[:3], json.dumps(blank).encode() + b"\n", *rows[4:]], manifest)


def of_another_site(months, file):
    *rows, manifest = lines_of(file)
    return resealed(rows, manifest, site="other")


def of_another_month(months, file):
    *rows, manifest = lines_of(file)
    return resealed(rows, manifest, month="2024-11")


def of_no_json(months, file):
    return b"receipts\n" * 3


def of_nothing(months, file):
    return b""


DAMAGES = {
    truncated: "its last line is not a manifest",
    without_manifest: "its last line is not a manifest",
    with_a_row_less: "lacks receipts of the month",
    with_a_row_twice: "row 2 is not leaf",
    with_rows_swapped: "row 1 is not leaf",
    with_a_byte_changed: "its rows do not match its manifest",
    with_another_receipt: "row 4 is not leaf",
    with_a_blank_row: "row 4 is not leaf",
    of_another_site: "contains 2024-10 of other, which is not detached here",
    of_another_month: "contains 2024-11 of shop, which is not detached here",
    of_no_json: "its last line is not a manifest",
    of_nothing: "its last line is not a manifest",
}


def test_rejects_a_damaged_file_and_still_accepts_the_intact_one(months):
    before = months.rows()
    file = months.detach()
    left, damaged = months.rows(), file.with_name("damaged.jsonl")
    for damage, sentence in DAMAGES.items():
        damaged.write_bytes(damage(months, file))
        with pytest.raises(MonthFileError) as refused:
            months.attach(damaged)
        assert sentence in str(refused.value), damage.__name__
        assert months.rows() == left, damage.__name__
    months.attach(file)
    assert months.rows() == before


def altered_on_the_way(connection, table, columns, rows):
    return load(connection, table, columns, ((*row[:-3], row[-3] + "x", *row[-2:]) for row in rows))


@pytest.mark.parametrize("others_are_there", [False, True])
def test_what_reaches_the_database_as_something_else_than_was_checked_is_refused(months, monkeypatch, others_are_there):
    assert COLUMNS[-3:] == ("jws", "log_index", "erased")
    file = months.detach()
    if others_are_there:
        # Then PostgreSQL already has the partition, and receipts are inserted one by one.
        months.writer.submit(signed_receipt(months.site._replace(id=2, key="other"), months.keys, at(5)))
    left = months.rows()
    with monkeypatch.context() as broken:
        broken.setattr(attach.bulk_insert, "load", altered_on_the_way)
        with pytest.raises(MonthFileError, match="2024-10 of shop was not restored correctly"):
            months.attach(file)
    assert months.rows() == left
    months.attach(file)
    assert len(months.rows()) == len(left) + len(months.october)


def test_of_a_file_that_changes_at_its_end_while_it_comes_back_no_row_stays(months, monkeypatch):
    before = months.rows()
    file = months.detach()
    left, whole = months.rows(), file.read_bytes()
    *rows, manifest = lines_of(file)

    def changed_meanwhile(connection, table, columns, found):
        # After the last receipt, so that only the file's hash reveals it.
        file.write_bytes(b"".join(rows)[:-2] + b" \n" + manifest)
        return load(connection, table, columns, found)

    monkeypatch.setattr(attach, "STEP", 5)
    # What is read before the first row is inserted must be unchanged.
    monkeypatch.setattr(files, "BLOCK", 1000)
    with monkeypatch.context() as broken:
        broken.setattr(attach.bulk_insert, "load", changed_meanwhile)
        with pytest.raises(MonthFileError):
            months.attach(file)
    assert months.rows() == left
    with months.engine.connect() as connection:
        assert all(detached_months.get(connection, new.id) for new in months.october)
    file.write_bytes(whole)
    months.attach(file)
    assert months.rows() == before


def test_rejects_the_file_of_another_month(months):
    october = months.detach()
    november = months.detach(NOVEMBER)
    *rows, manifest = lines_of(november)
    november.write_bytes(resealed(rows, manifest, month="2024-10"))
    with pytest.raises(MonthFileError, match="row 1 is not leaf"):
        months.attach(november)
    months.attach(october)


def test_a_missing_file_gets_an_error_message(months, tmp_path):
    with pytest.raises(MonthFileError, match=r"none\.jsonl cannot be read: No such file or directory"):
        months.attach(tmp_path / "none.jsonl")


def test_erasures_stay_pending_for_a_missing_or_damaged_file(months, caplog):
    file = months.detach()
    months.eraser.erase(months.site, Subject("receipt", months.october[0].id), "full", reason="asked", by="test")
    data = file.read_bytes()
    file.unlink()
    assert forget_erased(months.engine, months.folder) == []
    file.write_bytes(with_a_byte_changed_from(data))
    assert forget_erased(months.engine, months.folder) == []
    assert len(caplog.messages) == 2
    file.write_bytes(data)
    assert [month.pending_erasures for month in forget_erased(months.engine, months.folder)] == [0]


def with_a_byte_changed_from(data):
    return data.replace(b"accept_all", b"reject_all", 1)
