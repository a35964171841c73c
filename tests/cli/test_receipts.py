"""Erasure, retention, holds and restrictions on the command line."""

import datetime

import pytest
from sqlalchemy import select, update

from consent.storage.privacy.erasure_list import ErasureList, ListedErasure
from consent.storage.receipts import receipts
from consent.storage.receipts.new_receipt import KeyErasedError
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.filters import Filters
from consent.storage.tables.delivery import OutboxEvent
from consent.storage.tables.receipts import Receipt
from tests.cli.instance import VISITORS
from tests.storage.sample_receipts import NOW, receipt_of
from tests.storage.sample_receivers import add_pending_event, add_receiver

WHY = ("--reason", "asked by letter")


def test_a_visitor_is_unlinked(instance):
    code, said = instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], *WHY)
    assert (code, said) == (0, "Erased the personal part of 2 receipts of shop.")
    assert instance.personal() == [False, False, True]


@pytest.mark.parametrize("selection", [("--visitor", VISITORS[0]), ("--age-band", "under13"), ()])
def test_an_erasure_replaces_the_pending_events_of_the_visitor(instance, selection):
    with instance.engine.begin() as connection:
        mine = Receipt.id.in_([new.id for new in instance.receipts[:2]])
        connection.execute(update(Receipt).where(mine).values(age_band="under13"))
        add_receiver(connection, instance.site.id)
        add_pending_event(connection, instance.site.id, VISITORS[0])
    if selection:
        instance.ask("receipts", "erase", "shop", *selection, *WHY)
    else:
        ErasureList(instance.folder / "erasures").add(
            "shop", ListedErasure(NOW, "full", [new.id for new in instance.receipts[:2]])
        )
        assert instance.ask("receipts", "replay-erasures")["receipts"] == 2
    with instance.engine.connect() as connection:
        left = connection.execute(select(OutboxEvent.type, OutboxEvent.subject_no)).all()
    assert left == [("consent.erased", VISITORS[0])]


@pytest.mark.parametrize(("grants", "announced"), [(True, ["consent.erased"]), (False, [])])
def test_an_erased_visitor_whose_events_are_pruned_is_announced_unless_never_sent(instance, grants, announced):
    with instance.engine.begin() as connection:
        connection.execute(update(Receipt).values(analytics=grants))
        add_receiver(connection, instance.site.id)
    instance.ask("receipts", "erase", "shop", "--visitor", VISITORS[0], *WHY)
    with instance.engine.connect() as connection:
        assert connection.execute(select(OutboxEvent.type)).scalars().all() == announced


def test_one_receipt_is_erased_in_full_and_its_key_is_gone(instance):
    done = instance.ask("receipts", "erase", "shop", "--receipt", instance.receipts[0].id, "--level", "full", *WHY)
    assert done == {"level": "full", "receipts": 1, "others": 1}
    assert instance.personal() == [False, True, True]
    writer = ReceiptWriter(instance.engine, timeout=60)
    with pytest.raises(KeyErasedError):
        writer.submit(instance.receipts[0])
    assert writer.close()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--visitor", "d" * 32, *WHY), 1),
        (("--receipt", "0" * 32, *WHY), 1),
        (("--visitor", VISITORS[0]), 2),
        (("--visitor", VISITORS[0], "--reason", " "), 2),
        (("--visitor", VISITORS[0], "--reason", "x" * 501), 2),
        (("--visitor", VISITORS[0], "--reason", "asked by eva@example.com"), 2),
        (("--visitor", "nobody", *WHY), 2),
        (WHY, 2),
        (("--visitor", VISITORS[0], "--receipt", "0" * 32, *WHY), 2),
        (("--visitor", VISITORS[0], "--level", "half", *WHY), 2),
    ],
)
def test_rejects_an_invalid_erasure_and_writes_nothing(instance, arguments, code):
    assert instance.say("receipts", "erase", "shop", *arguments)[0] == code
    assert instance.personal() == [True] * 3
    assert not (instance.folder / "erasures").exists()


def test_explains_what_is_kept_and_what_was_not_found(instance):
    first = ("--receipt", instance.receipts[0].id)
    code, said = instance.say("receipts", "erase", "shop", *first, *WHY)
    assert (code, said.endswith("1 receipt of shop. 1 other receipt of the same visitor stays.")) == (0, True)
    for command in ("erase", "hold"):
        unknown = instance.say("receipts", command, "shop", "--receipt", "0" * 32, *WHY)
        assert unknown == (1, "Error: shop has no receipt with that id.")
        unknown = instance.say("receipts", command, "shop", "--visitor", "d" * 32, *WHY)
        assert unknown == (1, "Error: shop has no receipt of that visitor.")


def test_an_export_names_an_invalid_filter(instance):
    code, said = instance.say("receipts", "export", "shop", "--filter", "color=red", "--filter", "country=de")
    assert (code, said.startswith("Error: color: There is no such filter. country: ")) == (1, True), said


def test_names_a_site_that_does_not_exist(instance):
    for command in (("erase", "--visitor", VISITORS[0], *WHY), ("prune",), ("hold",)):
        code, said = instance.say("receipts", command[0], "nobody", *command[1:])
        assert (code, said) == (1, "Error: There is no site nobody.")


def test_a_hold_refuses_erasure_until_it_is_lifted(instance):
    subject = ("--receipt", instance.receipts[1].id)
    code, said = instance.say("receipts", "hold", "shop", *subject, "--reason", "case 7")
    assert (code, said) == (0, "Placed a legal hold on 1 receipt of shop.")
    code, said = instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], *WHY)
    assert (code, "Receipts under a legal hold: 1" in said, "nothing was erased" in said) == (1, True, True)
    assert instance.personal() == [True] * 3
    code, said = instance.say("receipts", "hold", "shop")
    assert said.endswith("case 7\n1 legal hold on 1 receipt of shop.")
    assert instance.say("receipts", "hold", "shop", *subject, "--lift")[0] == 0
    assert instance.ask("receipts", "hold", "shop") == []
    assert instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], *WHY)[0] == 0


def test_a_mark_needs_a_subject_that_is_there_and_a_reason(instance):
    subject = ("--visitor", VISITORS[0])
    for arguments, code in (
        ((*subject,), 2),
        (WHY, 2),
        (("--lift",), 2),
        (("--visitor", "d" * 32, *WHY), 1),
        ((*subject, "--lift"), 1),
    ):
        assert instance.say("receipts", "hold", "shop", *arguments)[0] == code
    assert instance.say("receipts", "hold", "shop", *subject, *WHY)[0] == 0
    assert instance.say("receipts", "hold", "shop", *subject, *WHY)[0] == 1
    (mark,) = instance.ask("receipts", "hold", "shop")
    assert (mark["visitor"], mark["reason"]) == (VISITORS[0], "asked by letter")


def test_a_restricted_visitor_is_left_out_of_use_until_lifted(instance):
    code, said = instance.say("receipts", "restrict", "shop", "--visitor", VISITORS[0], *WHY)
    assert (code, said) == (0, "Placed a restriction on 2 receipts of shop.")

    def found():
        with instance.engine.connect() as transaction:
            return len(receipts.search(transaction, instance.site.id, Filters()).items)

    assert found() == 1
    assert instance.say("receipts", "restrict", "shop", "--visitor", VISITORS[0], "--lift")[0] == 0
    assert found() == 3


def old_receipts(instance, count):
    """Write receipts that expired five years ago."""
    time = int(datetime.datetime.now(datetime.UTC).timestamp()) - 5 * 366 * 86400
    writer = ReceiptWriter(instance.engine, timeout=60)
    made = [writer.submit(receipt_of(instance.site.id, time=time + step)).id for step in range(count)]
    assert writer.close()
    return made


def test_a_prune_is_previewed_and_then_done(instance):
    made = old_receipts(instance, 4)
    instance.say("receipts", "hold", "shop", "--receipt", made[0], *WHY)
    code, said = instance.say("receipts", "prune", "shop", "--dry-run")
    assert (code, said.startswith("Would erase 3 receipts of shop that ended more than 36 months ago")) == (0, True)
    assert "1 other would be due but kept" in said
    assert instance.ask("receipts", "prune", "shop", "--dry-run")["receipts"] == 3
    done = instance.ask("receipts", "prune", "shop")
    assert (done["receipts"], done["exempt"], done["months"]) == (3, 1, 36)
    assert instance.ask("receipts", "prune", "shop")["receipts"] == 0
    with instance.engine.connect() as transaction:
        assert [receipts.get(transaction, receipt).erased for receipt in made] == [False, True, True, True]
    assert instance.personal() == [True] * 3


def test_a_site_sets_how_long_it_keeps_receipts(instance):
    assert (
        instance.say("site", "retention", "shop")[1] == "shop keeps receipts for 36 months after expiry or withdrawal."
    )
    assert instance.ask("site", "retention", "shop", "80") == {
        "months": 80,
        "prunes_itself": False,
        "account_months": None,
    }
    old_receipts(instance, 1)
    assert instance.ask("receipts", "prune", "shop", "--dry-run")["receipts"] == 0
    assert instance.say("site", "retention", "shop", "0")[0] == 2
    assert instance.say("site", "retention", "shop", "601")[0] == 2


def test_erasures_are_replayed_from_the_list(instance):
    instance.say("receipts", "erase", "shop", "--visitor", VISITORS[0], *WHY)
    assert instance.ask("receipts", "replay-erasures") == {"receipts": 0, "accounts": 0}
    with (instance.folder / "erasures" / "shop").open("a") as file:
        file.write(f'\n{{"time":{NOW},"level":"full","receipts":["{instance.receipts[2].id}"]}}\n')
    assert instance.say("receipts", "replay-erasures") == (0, "Erased 1 receipt again.")
    with (instance.folder / "erasures" / "shop").open("a") as file:
        file.write("{nonsense}\n")
    code, said = instance.say("receipts", "replay-erasures")
    assert (code, "line 5" in said) == (1, True)
