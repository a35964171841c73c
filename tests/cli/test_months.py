"""`consent months`: what it reports and refuses, and that a month can be detached and attached again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.signing.keys import load_keys
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of
from consent.storage.receipts.writer import ReceiptWriter
from tests.archive.months import at, signed_receipt


@pytest.fixture
def old(instance):
    """Record four receipts in October 2024, add them to the log, and return them."""
    keys = load_keys(instance.folder / "keys")
    writer = ReceiptWriter(instance.engine, timeout=60)
    made = [signed_receipt(instance.site, keys, at(1 + number), number) for number in range(4)]
    for new in made:
        writer.submit(new)
    assert writer.close()
    instance.sequence()
    return made


def test_a_month_goes_and_comes_back(instance, old):
    assert instance.say("months", "list") == (0, "No month is detached.")
    file = instance.folder / "months" / "shop-2024-10.jsonl"
    code, said = instance.say("months", "detach", "2024-10")
    assert (code, said) == (0, f"Detached 2024-10 of shop: 4 receipts are now in {file}")
    (listed,) = instance.ask("months", "list")
    assert (listed["site"], listed["month"], listed["receipts"], listed["is_here"]) == ("shop", "2024-10", 4, True)
    assert instance.say("months", "list")[1] == f"2024-10 of shop: 4 receipts, {listed['bytes']} bytes, {file}"
    assert instance.say("months", "detach", "2024-10") == (0, "The database has no receipts of 2024-10.")
    assert instance.say("months", "attach", str(file)) == (0, "Reattached 2024-10 of shop: 4 receipts.")
    assert instance.ask("months", "list") == []
    with instance.engine.connect() as connection:
        told = [payload_of(one.jws) for one in entries.of_kind(connection, instance.site.id, "audit")]
    assert [claims["action"] for claims in told] == ["month.detached", "month.attached"]
    assert {(claims["by"], claims["subject"], claims["after"]["receipts"]) for claims in told} == {
        ("command line", "2024-10", 4)
    }


def test_mentions_copies_of_a_file(instance, old):
    instance.say("months", "detach", "2024-10")
    copy = instance.folder / "copy.jsonl"
    copy.write_bytes((instance.folder / "months" / "shop-2024-10.jsonl").read_bytes())
    assert instance.say("months", "attach", str(copy))[1].endswith(
        "Delete copies of its file, since erasures do not reach them."
    )


def test_an_erasure_is_applied_to_the_file_immediately(instance, old):
    instance.say("months", "detach", "2024-10")
    file = instance.folder / "months" / "shop-2024-10.jsonl"
    erase = ("receipts", "erase", "shop", "--receipt", old[1].id, "--level", "full", "--reason", "asked")
    assert instance.say(*erase)[0] == 0
    assert old[1].jws not in file.read_text()


def test_names_a_missing_file_until_its_erasures_are_applied(instance, old):
    instance.say("months", "detach", "2024-10")
    file = instance.folder / "months" / "shop-2024-10.jsonl"
    elsewhere = file.rename(instance.folder / "elsewhere")
    erase = ("receipts", "erase", "shop", "--receipt", old[1].id, "--level", "full", "--reason", "asked")
    assert instance.say(*erase)[1].endswith(
        f"Files that still contain erased receipts: {file}; see `consent months forget`."
    )
    assert instance.say("months", "forget")[1] == f"Rewrote 0 files. These files are not readable here: {file}."
    assert "which is not on this machine; 1 erased receipt still in it" in instance.say("months", "list")[1]
    Path(elsewhere).rename(file)
    assert instance.say("months", "forget")[1] == "Rewrote 1 file."


def test_an_impossible_command_gets_one_error_message(instance, old):
    this = datetime.now(UTC).strftime("%Y-%m")
    for arguments, words in {
        ("detach", "2024-13"): "a month must be written as 2026-11",
        ("detach", this): "can be detached 60 days after its end",
        ("attach", "nothing.jsonl"): "nothing.jsonl cannot be read: No such file or directory.",
    }.items():
        code, said = instance.say("months", *arguments)
        assert code, said
        assert words in said
