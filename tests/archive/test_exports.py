"""An export says what it lacks: receipts in detached months appear only by their hash."""

import hashlib
import json

import pytest

from consent.exports import Export
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import Subject
from consent.verify import check
from tests.archive.months import NOVEMBER, at

pytestmark = pytest.mark.extended


@pytest.fixture
def exported(months):
    """Return a function that exports with filters and returns the file."""

    def export(**filters):
        file = months.folder / "export.jsonl"
        made = Export(months.source, months.site.id, months.site.key, Filters(**filters), "jsonl")
        file.write_bytes(b"".join(made.chunks()))
        return file

    return export


def parts_of(file):
    *rows, last = file.read_bytes().splitlines(keepends=True)
    return [json.loads(row) for row in rows], json.loads(last)["manifest"]


def test_an_export_of_everything_has_each_leaf_and_says_which_lie_elsewhere(months, exported):
    months.detach()
    months.eraser.erase(months.site, Subject("receipt", months.october[0].id), "full", reason="asked", by="test")
    months.sequence()
    file = exported()
    rows, manifest = parts_of(file)
    assert manifest["detached"] == ["2024-10"]
    assert [sum(state in row for row in rows) for state in ("detached", "erased")] == [11, 1]
    assert sorted(row["index"] for row in rows) == list(range(20))
    code, said = check(file, months.key_files())
    hidden = (
        "; everything else is included; of 2024-10, detached, 11 receipts are included by hash only. "
        "Warning: no witness"
    )
    assert (code, hidden in said) == (0, True)


def test_once_it_is_back_an_export_has_all_of_it_again(months, exported):
    months.attach(months.detach())
    file = exported()
    assert "detached" not in parts_of(file)[1]
    assert check(file, months.key_files())[1].partition(". ")[0].endswith("; everything else is included")


def test_a_receipt_cannot_be_hidden_as_one_of_a_month_that_never_left(months, exported):
    rows, manifest = parts_of(exported())
    place = next(number for number, row in enumerate(rows) if "receipt" in row)
    leaf = hashlib.sha256(b"\0" + rows[place]["receipt"].encode()).hexdigest()
    rows[place] = {"detached": True, "leaf_hash": leaf, "index": rows[place]["index"], "proof": rows[place]["proof"]}
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    forged = months.folder / "forged.jsonl"
    manifest = manifest | {"sha256": hashlib.sha256(body).hexdigest()}
    forged.write_bytes(body + json.dumps({"manifest": manifest}).encode() + b"\n")
    assert check(forged, months.key_files()) == (
        1,
        "False: blank as if erased are 0, detached 1; told: 0 and 0.",
    )


def test_a_filtered_export_names_the_months_that_it_did_not_search(months, exported):
    months.detach()
    file = exported(country="DE")
    assert parts_of(file)[1]["detached"] == ["2024-10"]
    assert "; of 2024-10, detached, 0 receipts are included by hash only. " in check(file, months.key_files())[1]
    months.detach(NOVEMBER)
    assert parts_of(exported(since=at(1, 11)))[1]["detached"] == ["2024-11"]
    assert "detached" not in parts_of(exported(since=at(1, 12)))[1]


@pytest.mark.parametrize("kind", ["csv", "iso27560"])
def test_the_manifest_of_other_formats_names_them_too(months, kind):
    months.detach()
    made = Export(months.source, months.site.id, months.site.key, Filters(), kind)
    assert made.manifest()["detached"] == ["2024-10"]


def test_a_month_that_leaves_while_an_export_is_written_has_each_leaf_once(months, monkeypatch):
    from consent.storage.receipts import export_rows

    made = Export(months.source, months.site.id, months.site.key, Filters(), "jsonl")
    monkeypatch.setattr(export_rows.stream, "__defaults__", (None, 4))
    rows = made.lines()
    first = [next(rows) for _ in range(9)]
    months.detach()
    lines = [json.loads(row) for row in (*first, *rows)]
    seen = [row["index"] for row in lines if row["index"] is not None]
    assert sorted(seen) == list(range(18))
