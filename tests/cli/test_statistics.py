"""`consent stats recount` and `consent alarms`, as an operator types them."""

import pytest
from sqlalchemy import delete, update

from consent.storage.operations import alarms
from consent.storage.tables.statistics import ChoiceCount
from tests.cli.instance import Instance
from tests.storage.sample_receipts import NOW


def test_recount_names_the_days_that_differ_and_sets_them_right(instance: Instance) -> None:
    key = instance.site.key
    assert instance.say("stats", "recount", key) == (0, f"The counts of {key} match its receipts.")
    with instance.engine.begin() as connection:
        connection.execute(delete(ChoiceCount))
    found = instance.ask("stats", "recount", key, "--dry-run")
    assert sum(one["uncounted"] for one in found["differences"]) == len(instance.receipts)
    assert found["changed"] is False
    code, said = instance.say("stats", "recount", key)
    assert (code, said.splitlines()[-1].endswith("differed from its receipts and were corrected.")) == (0, True)
    assert instance.ask("stats", "recount", key)["differences"] == []
    with instance.engine.begin() as connection:
        connection.execute(update(ChoiceCount).where(ChoiceCount.span == 7).values(count=ChoiceCount.count + 5))
    code, said = instance.say("stats", "recount", key, "--dry-run")
    assert (code, said.startswith("week from 20"), said.splitlines()[0].endswith("counted too many")) == (0, True, True)
    assert said.splitlines()[-1] == f"The counts of 1 week of {key} differ from its receipts."


def test_alarms_are_listed(instance: Instance) -> None:
    assert instance.say("alarms") == (0, "0 alarms.")
    with instance.engine.begin() as connection:
        alarms.save(connection, {(instance.site.id, "receipt_loss"): alarms.Problem("Some are lost.")}, NOW)
    (one,) = instance.ask("alarms")
    assert one == {
        "kind": "receipt_loss",
        "site": instance.site.key,
        "since": "2026-11-25T00:00:00Z",
        "sentence": "Some are lost.",
    }


def test_a_test_without_a_channel_says_what_to_configure(instance: Instance) -> None:
    code, said = instance.say("alarms", "--try")
    assert (code, "CONSENT_ALARM_MAIL" in said) == (1, True)


def test_a_test_that_is_not_delivered_fails(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSENT_ALARM_WEBHOOK", "http://127.0.0.1:9/")
    code, said = instance.say("alarms", "--try")
    assert (code, "the webhook: ConnectionRefusedError" in said) == (1, True)
