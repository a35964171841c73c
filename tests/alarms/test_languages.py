"""Alarms, tests and weekly summaries in the language of each channel, over real connections, without leftover English."""

import dataclasses
import datetime
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.alarms import rules
from consent.alarms.alarm_messages import Reader, alarm_message
from consent.alarms.config_facts import ComingChange
from consent.alarms.enforcement import LeakingVendor
from consent.alarms.monitor import Alarms
from consent.alarms.notifier import Notifier, send_test
from consent.alarms.rules import KINDS, TITLES, AlarmContext, check_all
from consent.outbound.mail import Mailer
from consent.outbound.public_addresses import AllowList
from consent.presentation.dashboard_texts import LANGUAGES, TRANSLATED
from consent.sites.shipped_rules import load_rules
from consent.storage.delivery.receivers import GONE
from consent.storage.log.cosignatures import WitnessProgress
from consent.storage.operations import alarm_channels
from consent.storage.operations.alarm_channels import MAIL, SLACK, TEAMS, WEBHOOK, Channel
from consent.storage.operations.alarms import ActiveAlarm, Problem
from consent.storage.sites import script_fetches
from consent.storage.statistics.recent_counts import RecentCounts
from tests.alarms.samples import Clock, FakeReader, FakeRules, finding, watch, write
from tests.mail_server import MailServer, running_mail_server
from tests.storage.fixtures import empty_engine, engine, shop, url  # noqa: F401 - fixtures
from tests.storage.sample_receipts import DAY, NOW
from tests.webhook_receiver import WebhookReceiver, running_receiver

__all__ = ["watch"]

ENGLISH = re.compile(
    r"\b(the|of|and|is|are|was|were|has|have|been|with|since|before|after|under|without|days?|hours?|minutes?|more|it|"
    r"open|ask|your|see|which|late|due|log|what|where|old|version|permission|unknown|answer|failed|site)\b",
    re.IGNORECASE,
)
"""Words that German, French and Spanish messages don't have."""
SAME = {
    "de": {"log", "version", "minute", "was"},
    "fr": {"version", "minute", "minutes", "permission", "site"},
    "es": set(),
}
"""Words of `ENGLISH` that a language has as well."""
TITLE = {
    "en": "The log is behind",
    "de": "Das Log liegt zurück",
    "fr": "Le journal est en retard",
    "es": "El registro va con retraso",
}
SINCE = {"en": "Nov 25, 2026", "de": "25.11.2026", "fr": "25 nov. 2026", "es": "25 nov 2026"}


def receiver_status(name: str, state: str, refused_for: int | None, dead: int) -> Any:
    since = None if refused_for is None else NOW - refused_for
    receiver = SimpleNamespace(id=name, site_id=1, name=name, state=state)
    return SimpleNamespace(receiver=receiver, oldest_refusal=since, waiting=SimpleNamespace(dead=dead))


def late_witnesses() -> list[WitnessProgress]:
    day, hour = NOW - 2 * DAY, NOW - 60
    problems = ("it returned 503", "it does not respond: TimeoutError", "it does not know this log")
    found = [
        WitnessProgress(f"shop{number}", f"w{number}.example+00", 1, 1, day, problem, True)
        for number, problem in enumerate(problems)
    ]
    found += [
        WitnessProgress(f"shop{number}", "w9.example+00", 1, 1, hour, "its answers contradict each other", True)
        for number in range(5)
    ]
    return found


@pytest.fixture
def busy(watch: AlarmContext, monkeypatch: pytest.MonkeyPatch) -> AlarmContext:
    """Return the context of a check in which every kind of alarm is active."""
    changes = (ComingChange("US-LA", "Louisiana", datetime.date(2027, 1, 1)),)
    everything = {
        "leaking_vendors": lambda *_: [
            LeakingVendor(f"vendor{number}", 1931, {"refused": 1931}, False) for number in range(7)
        ],
        "recent_counts": lambda *_: {1: RecentCounts(200, 100, 50, 150)},
        "status_of": lambda _, receiver: receiver,
    }
    statuses = [
        receiver_status("Relay", GONE, None, 0),
        receiver_status("Segment", "on", 20 * DAY, 3),
        receiver_status("Matomo", "on", 2 * 3600, 0),
    ]
    for status in statuses:
        status.site_id, status.id = 1, status.receiver.id
    for name, value in everything.items():
        monkeypatch.setattr(rules, name, value)
    scanned = [
        finding(
            is_leak=True,
            leaks='[["none", "", "/"], ["gpc", "US-CA", "/"], ["reject", "DE", "/"], ["reject", "GB", "/"]]',
        ),
        finding(is_leak=True, name="_fbp"),
        *(
            finding(kind="host", name=f"h{n}.example", host=f"h{n}.example", vendor="", third_party=True)
            for n in range(7)
        ),
    ]
    script_fetches.save(watch.transaction, [script_fetches.Fetch(1, "", "c", NOW - 9000, NOW - 7200)])
    due = [SimpleNamespace(id=number, last_day=NOW // DAY + number) for number in range(7)]
    stores: tuple[tuple[Any, str, Any], ...] = (
        (rules.enforcement, "sites_that_asked", {1}),
        (rules.scans, "sites_with_findings", {1}),
        (rules.scans, "findings", scanned),
        (rules.receivers, "every", statuses),
        (rules.cosignatures, "progress", late_witnesses()),
        (rules.privacy_requests, "due_until", {1: due}),
        (rules.tree_store, "waiting", [SimpleNamespace(site_id=1, key="shop", oldest=NOW - 900)]),
        (rules.vendor_lists, "newest", SimpleNamespace(version=9, updated_on="2026-01-15", added_at=0)),
        (rules.vendor_lists, "list_versions", {watch.sites[0].live_config: 8}),
    )
    for module, name, value in stores:
        monkeypatch.setattr(module, name, lambda *_, _value=value: _value)
    facts = SimpleNamespace(law_changes=lambda *_: changes)
    return dataclasses.replace(
        watch,
        geo_built=NOW - 150 * DAY,
        rules_checked=NOW - 400 * DAY,
        rules=FakeRules(),
        facts=facts,  # type: ignore[arg-type]
    )


def english_words(text: str, language: str) -> list[str]:
    """Return the English words left in `text`, except in what is the same in each language."""
    shown = re.sub(r"https://\S+|The shop|consent geo update|CONSENT_\w+|TimeoutError|410 Gone", "", text)
    return [word for word in ENGLISH.findall(shown) if word.lower() not in SAME[language]]


def problems_of(context: AlarmContext) -> dict[tuple[int, str], Problem]:
    found = check_all(context)
    assert {kind for _, kind in found} == set(TITLES), "every kind is active"
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_kind_of_alarm_has_a_message_without_english(busy: AlarmContext, language: str) -> None:
    variants = [
        busy,
        dataclasses.replace(busy, geo_built=None, silence_s=60),
        dataclasses.replace(busy, now=int(datetime.datetime(2026, 1, 20, tzinfo=datetime.UTC).timestamp())),
    ]
    problems = [*problems_of(busy).items(), *(one for each in variants[1:] for one in check_all(each).items())]
    left = {}
    for (site_id, kind), problem in problems:
        for ended, has_start in ((None, False), (None, True), (NOW + 5 * DAY, True)):
            alarm = ActiveAlarm(site_id, kind, NOW - 3600, problem.sentence, ended)
            message = alarm_message(
                alarm, "shop" if site_id else None, "https://c.example", Reader(language, has_start)
            )
            text = "\n".join((message.title, *message.lines, message.link))
            if words := english_words(text, language):
                left[text] = words
            assert message.facts["sentence"] == problem.sentence, "the machine-readable part stays English"
    assert left == {}


def test_english_messages_name_the_site_what_happened_and_what_to_do(busy: AlarmContext) -> None:
    for (site_id, kind), problem in problems_of(busy).items():
        alarm = ActiveAlarm(site_id, kind, NOW, problem.sentence, None)
        message = alarm_message(alarm, "shop" if site_id else None, "https://c.example", Reader("en"))
        what, action, since = message.lines
        assert site_id == 0 or "The shop" in what
        assert action.endswith(".")
        assert since.startswith("Active since ")
        assert not re.search(r"\d{4}-\d\d-\d\d", what), "dates are written for people"
        assert message.page.startswith("https://c.example/sites/shop/" if site_id else "https://c.example/")
    assert all(kind.action for kind in KINDS)


@pytest.fixture
def receivers() -> Iterator[tuple[Notifier, MailServer, WebhookReceiver]]:
    """Yield a notifier of a German-speaking operator with a Spanish-speaking user, and what receives its messages."""
    with running_mail_server() as mail, running_receiver() as receiver:
        mailer, allowed = Mailer(mail.url, "consent@example.com"), AllowList(("127.0.0.1",))
        languages = {"ana@example.org": "es"}
        notifier = Notifier(
            mailer, ("ops@example.org",), receiver.url, "https://c.example", allowed, languages.get, "de"
        )
        yield notifier, mail, receiver


def channel(kind: str, address: str, language: str, number: int = 1) -> Channel:
    return Channel(number, 1, kind, address, True, None, None, language)


@pytest.mark.server
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_channel_gets_an_alarm_in_its_language(receivers: Any, language: str) -> None:
    notifier, mail, receiver = receivers
    own = [channel(kind, receiver.url, language, number) for number, kind in enumerate((SLACK, TEAMS, WEBHOOK))]
    own.append(channel(MAIL, "guest@example.org", language, 9))
    named = {one.name: one for one in own}
    alarm = ActiveAlarm(
        1, "log_delay", NOW, "The log of The shop is behind: an entry has been waiting for more than 60 s.", None
    )
    assert notifier.notify(alarm, "shop", list(named), named).failed == {}
    sent = mail.next()
    assert sent["Subject"] == f"[shop] {TITLE[language]}"
    assert SINCE[language] in sent.get_content()
    [slack] = [body for body in receiver.got if "blocks" in body]
    [teams] = [body for body in receiver.got if "attachments" in body]
    [plain] = [body for body in receiver.got if "kind" in body]
    assert slack["blocks"][0]["text"]["text"] == TITLE[language]
    card = teams["attachments"][0]["content"]
    assert card["body"][0]["inlines"][0]["text"] == TITLE[language]
    assert card["actions"][0]["title"] in slack["blocks"][-1]["elements"][0]["text"]
    assert (plain["kind"], plain["state"], plain["sentence"]) == ("log_delay", "begun", alarm.sentence)
    assert (plain["language"], plain["title"]) == (language, TITLE[language])
    if language != "en":
        assert english_words("\n".join((plain["text"], card["actions"][0]["title"])), language) == []


@pytest.mark.server
def test_users_have_their_own_language_and_the_operator_that_of_the_settings(receivers: Any) -> None:
    notifier, mail, receiver = receivers
    site = SimpleNamespace(key="shop", name="The shop")
    assert send_test(notifier, NOW, site, [channel(MAIL, "ana@example.org", "fr")]).failed == {}
    assert mail.next()["Subject"] == "[shop] Mensaje de prueba"
    assert send_test(notifier, NOW).failed == {}
    assert mail.next()["Subject"] == "[consent] Testnachricht"
    assert receiver.got[-1]["text"] == "Dies ist ein Test. Alles ist in Ordnung."


@pytest.mark.server
def test_the_monitor_writes_start_growth_end_and_summary_in_the_language_of_the_channel(
    engine: Engine,  # noqa: F811
    receivers: Any,
    shop: Any,  # noqa: F811
) -> None:
    notifier, mail, receiver = receivers
    notifier = dataclasses.replace(notifier, addresses=(), webhook="")
    with engine.begin() as connection:
        wanted = {"alarms": True, "weekly": True, "now": NOW}
        alarm_channels.add(connection, shop.id, SLACK, receiver.url, **wanted, language="fr")
        alarm_channels.add(connection, shop.id, MAIL, "guest@example.org", **wanted, language="de")
    write(engine, 1)
    clock = Clock()
    regimes = load_rules().opt_in_regimes
    reader, rules_ = FakeReader(), SimpleNamespace(version="2026-11-24", codes=(), opt_in_regimes=regimes)
    watching = Alarms(engine, notifier, reader, rules_, 60, clock=clock)  # type: ignore[arg-type]
    clock.now += 61
    watching.check()
    assert mail.next()["Subject"] == f"[shop] {TITLE['de']}"
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE receipt SET log_index = 0")
    watching.check()
    over = mail.next()
    assert over["Subject"] == f"[shop] Behoben: {TITLE['de']}"
    assert "Dashboard öffnen: https://c.example/sites/shop/" in over.get_content()
    clock.now += 7 * DAY
    watching.check()
    weekly = mail.next()
    assert weekly["Subject"].startswith("[shop] Wochenübersicht von The shop: ")
    assert english_words(weekly.get_content(), "de") == []
    titles = [body["blocks"][0]["text"]["text"] for body in receiver.got]
    assert titles[:2] == [TITLE["fr"], f"Résolu\u00a0: {TITLE['fr']}"]
    assert titles[2].startswith("Résumé hebdomadaire de The shop")
