"""Alarms are sent once when they begin and once when they end, over real connections, and stored for the dashboard."""

import dataclasses
import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from consent.alarms.backoff import Backoff
from consent.alarms.monitor import Alarms
from consent.alarms.notifier import Delivery, Notifier
from consent.alarms.rules import KINDS, TITLES, AlarmContext, check_all
from consent.alarms.status import alarm_statuses
from consent.config import SettingsError, load_settings
from consent.core.days import date_of
from consent.outbound.mail import Mailer
from consent.sites.shipped_rules import load_rules
from consent.storage.operations import alarms
from consent.storage.privacy import privacy_requests
from consent.storage.scans import reviews, scans
from consent.storage.sites import configs, custom_vendors, script_fetches, sites
from consent.storage.statistics.event_counters import Event, add_counts
from consent.storage.tables.operations import Alarm
from consent.storage.tables.statistics import ChoiceCount
from tests.alarms.samples import CONFIG, Clock, FakeReader, FakeRules, finding, watch, write
from tests.dashboard.sample_data import OWN_VENDOR
from tests.golden import make_config
from tests.mail_server import MailServer, running_mail_server
from tests.storage.fixtures import empty_engine, engine, shop, url  # noqa: F401 - fixtures
from tests.storage.sample_receipts import DAY, NOW
from tests.webhook_receiver import WebhookReceiver, running_receiver

__all__ = ["watch"]

TODAY = NOW // DAY
SHOWN = Event(1, TODAY, CONFIG, "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
BASE = {"CONSENT_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}


def write_here(watch: AlarmContext, count: int) -> None:
    """Count receipts that arrived promptly, in the check's transaction."""
    counted = {**SHOWN._asdict(), "span": 1, "action": "save", "method": "click", "choice": "010", "arrival": "prompt"}
    counted = {name: value for name, value in counted.items() if name != "event"} | {"count": count}
    same = [getattr(ChoiceCount, name) == counted[name] for name in ("site_id", "day", "arrival")]
    if not watch.transaction.execute(update(ChoiceCount).where(*same).values(count=ChoiceCount.count + count)).rowcount:
        watch.transaction.execute(insert(ChoiceCount).values(counted))


def of(watch: AlarmContext, kind: str) -> list[str]:
    return [wrong.sentence for (_, name), wrong in check_all(watch).items() if name == kind]


def test_every_kind_is_one_row_with_a_title() -> None:
    assert list(TITLES) == [
        "leak",
        "unknown_vendor",
        "enforcement",
        "receipt_loss",
        "unknown_places",
        "no_traffic",
        "log_delay",
        "witness_missing",
        "delivery",
        "geo_outdated",
        "vendor_list_outdated",
        "law_change",
        "request_due",
        "rules_outdated",
    ]
    assert len(KINDS) == len(TITLES)


def test_a_quiet_site_has_no_alarm(watch: AlarmContext) -> None:
    assert check_all(watch) == {}


def test_leaks_and_unknown_vendors_are_found_until_a_user_decides(watch: AlarmContext) -> None:
    host = {"kind": "host", "name": "x.tracker.example", "host": "x.tracker.example", "vendor": "", "third_party": True}
    leak = finding(is_leak=True)
    scans.save_findings(watch.transaction, 1, [leak, finding(**host)], NOW)
    assert of(watch, "leak") == ["Scans of The shop found a leak: _ga (without permission)."]
    assert "x.tracker.example" in of(watch, "unknown_vendor")[0]
    scans.save_findings(watch.transaction, 1, [finding(**host, layer="own")], NOW)
    assert of(watch, "unknown_vendor") == [], "the service's own host is nobody unknown"
    scans.save_findings(watch.transaction, 1, [finding(**host)], NOW)
    reviews.decide(watch.transaction, 1, reviews.Decided(*leak.key, "essential", None, "It is ours.", "ann", NOW))
    assert of(watch, "leak") == []


def test_a_vendor_that_the_site_has_described_is_unknown_no_longer(watch: AlarmContext) -> None:
    facts = {"kind": "host", "vendor": "", "third_party": True}
    names = ("cdn.weather.example", "weather.example.evil")
    scans.save_findings(watch.transaction, 1, [finding(name=name, host=name, **facts) for name in names], NOW)
    assert of(watch, "unknown_vendor")[0].endswith("vendors: cdn.weather.example, weather.example.evil.")
    custom_vendors.save(watch.transaction, 1, OWN_VENDOR | {"hosts": ["*.weather.example"]}, "a" * 32, NOW)
    assert of(watch, "unknown_vendor")[0].endswith("vendors: weather.example.evil.")
    custom_vendors.save(watch.transaction, 1, OWN_VENDOR | {"hosts": ["*.weather.example", names[1]]}, "a" * 32, NOW)
    assert of(watch, "unknown_vendor") == []


def test_leak_alarm_lists_the_situations_and_regions_where_the_tag_was_not_allowed(watch: AlarmContext) -> None:
    everywhere = json.dumps([["none", "", "/"], ["none", "DE", "/"], ["gpc", "US-CA", "/"], ["gpc", "US-CA", "/cart"]])
    abroad = json.dumps([["reject", "GB", "/"], ["reject", "DE", "/"]])
    scans.save_findings(watch.transaction, 1, [finding(is_leak=True, leaks=abroad, name="_fbp")], NOW - DAY)
    scans.save_findings(watch.transaction, 1, [finding(is_leak=True, leaks=everywhere)], NOW)
    assert of(watch, "leak") == [
        "Scans of The shop found 2 leaks: _ga (before a choice, under GPC in US-CA); _fbp (after rejecting in DE, GB)."
    ]


def test_alarms_if_over_1_percent_of_choices_lack_receipts(engine: Engine, watch: AlarmContext) -> None:  # noqa: F811
    with engine.begin() as connection:
        add_counts(connection, {SHOWN._replace(event="chosen"): 200})
    write(engine, 198, arrival="prompt", salt=None)
    assert of(watch, "receipt_loss") == []
    with engine.begin() as connection:
        add_counts(connection, {SHOWN._replace(event="chosen"): 1})
    assert "3 of 201 choices (1.5%)" in of(watch, "receipt_loss")[0]


def test_raises_an_alarm_when_over_two_percent_of_locations_are_unknown(watch: AlarmContext) -> None:
    chosen = SHOWN._replace(event="chosen")
    add_counts(watch.transaction, {SHOWN: 98, SHOWN._replace(country=""): 2, chosen: 1000})
    assert of(watch, "unknown_places") == []
    add_counts(watch.transaction, {SHOWN._replace(country=""): 1})
    assert of(watch, "unknown_places")[0].startswith("Since yesterday, 3.0% of 101 banners on The shop"), (
        "choices are no banners"
    )


def test_an_active_alarm_continues_until_its_rate_falls_to_half_the_threshold(watch: AlarmContext) -> None:
    unknown, lost = SHOWN._replace(country=""), SHOWN._replace(event="chosen")
    add_counts(watch.transaction, {SHOWN: 985, unknown: 15, lost: 1000})
    write_here(watch, 994)
    assert (of(watch, "unknown_places"), of(watch, "receipt_loss")) == ([], []), "1.5% and 0.6%"
    lasting = dataclasses.replace(watch, lasting=frozenset({(1, "unknown_places"), (1, "receipt_loss")}))
    assert "1.5%" in of(lasting, "unknown_places")[0]
    assert "0.6%" in of(lasting, "receipt_loss")[0]
    add_counts(watch.transaction, {SHOWN: 500})
    write_here(watch, 1)
    assert (of(lasting, "unknown_places"), of(lasting, "receipt_loss")) == ([], []), "half of the bound"


def test_raises_an_alarm_when_an_active_site_is_silent_for_an_hour(watch: AlarmContext) -> None:
    script_fetches.save(watch.transaction, [script_fetches.Fetch(1, "", CONFIG, NOW - 9000, NOW - 3600)])
    assert of(watch, "no_traffic") == []
    later = dataclasses.replace(watch, now=NOW + 1)
    assert of(later, "no_traffic") == ["No page of The shop has loaded the banner for more than 60 minutes."]
    assert of(dataclasses.replace(later, silence_s=0), "no_traffic") == []
    assert of(dataclasses.replace(later, silence_s=60), "no_traffic")[0].endswith(" for more than a minute.")


def test_raises_alarms_for_outdated_data_and_a_slow_log(engine: Engine, watch: AlarmContext) -> None:  # noqa: F811
    assert "150 days old" in of(dataclasses.replace(watch, geo_built=NOW - 150 * DAY), "geo_outdated")[0]
    assert "No geo database" in of(dataclasses.replace(watch, geo_built=None), "geo_outdated")[0]
    assert "400 days ago" in of(dataclasses.replace(watch, rules_checked=NOW - 400 * DAY), "rules_outdated")[0]
    write(engine, 1)
    assert of(dataclasses.replace(watch, now=NOW + 60), "log_delay") == []
    assert "log of The shop is behind" in of(dataclasses.replace(watch, now=NOW + 61), "log_delay")[0]


@pytest.fixture
def told(engine: Engine, shop: Any) -> Iterator[tuple[Alarms, Clock, MailServer, WebhookReceiver]]:  # noqa: F811
    """Yield the alarms on storage whose log is behind, their clock, a mail server and a webhook receiver."""
    with running_mail_server() as mail, running_receiver() as receiver:
        outlet = Notifier(
            Mailer(mail.url, "consent@example.com"), ("ann@example.org",), receiver.url, "https://c.example"
        )
        clock, reader, rules = Clock(), FakeReader(), FakeRules()
        yield Alarms(engine, outlet, reader, rules, 60, clock=clock), clock, mail, receiver  # type: ignore[arg-type]


def test_notifies_once_when_an_alarm_starts_and_once_when_it_ends(engine: Engine, told: Any) -> None:  # noqa: F811
    watching, clock, mail, receiver = told
    write(engine, 1)
    clock.now += 61
    for _ in range(3):
        watching.check()
        clock.now += 60
    begun = mail.next()
    assert begun["Subject"] == "[shop] The log is behind"
    assert "The log of The shop is behind" in begun.get_content()
    assert "https://c.example/sites/shop/" in begun.get_content()
    with engine.connect() as connection:
        assert [one.kind for one in alarms.present(connection, 1)] == ["log_delay"]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE receipt SET log_index = 0")
    for _ in range(3):
        watching.check()
    assert mail.next()["Subject"] == "[shop] Resolved: The log is behind"
    assert mail.mails.empty()
    assert [(post["kind"], post["site"], post["state"]) for post in receiver.got] == [
        ("log_delay", "shop", "begun"),
        ("log_delay", "shop", "ended"),
    ]
    assert receiver.got[0]["ended"] is None
    with engine.connect() as connection:
        assert alarms.present(connection) == []
        assert connection.execute(select(Alarm.kind)).all() == []
        (past,) = alarms.past(connection, 1, 10)
        assert (past.kind, past.since, past.ended_at) == ("log_delay", NOW + 61, NOW + 241)
        assert {one.kind.name: one.began for one in alarm_statuses(connection, 1, 60)}["log_delay"] == NOW + 61
    with engine.begin() as connection:
        alarms.save(connection, {}, past.ended_at + alarms.RETENTION_SECONDS + 1)
        assert alarms.past(connection, 1, 10) == []


def test_does_not_monitor_an_archived_site(engine: Engine, told: Any) -> None:  # noqa: F811
    watching, _, _, receiver = told
    with engine.begin() as connection:
        script_fetches.save(connection, [script_fetches.Fetch(1, "", CONFIG, NOW - 9000, NOW - 3700)])
        sites.set_archived(connection, 1, NOW)
        configs.set_live(connection, 1, CONFIG)
    watching.check()
    assert receiver.got == []
    with engine.begin() as connection:
        sites.set_archived(connection, 1, None)
    watching.check()
    assert [post["kind"] for post in receiver.got] == ["no_traffic"]


class Board:
    """Stores a site's problems and sends them through channels, some of which may be down, as the thread does."""

    def __init__(self, engine: Engine) -> None:  # noqa: F811
        self.engine, self.now = engine, NOW

    def notify(self, *names: str, up: tuple[str, ...] = ("mail",), every: tuple[str, ...] = ("mail",)) -> list[Any]:
        """Check a site with leaks of these names, and return the notifications sent.

        Each is the channel, whether the alarm has ended, and the sentence.
        """
        self.now += 60
        told = []
        with self.engine.begin() as connection:
            wrong = {(1, "leak"): alarms.Problem(f"Open: {', '.join(names)}.", frozenset(names))} if names else {}
            alarms.save(connection, wrong, self.now)
            while news := alarms.claim(connection, lambda _: up, lambda _: every, self.now):
                told += [(way, news.alarm.ended_at is not None, news.alarm.sentence) for way in news.pending(up)]
                alarms.release(connection, news, news.pending(up))
        return told


def test_notifies_of_an_added_leak_but_not_of_a_removed_one(engine: Engine, shop: Any) -> None:  # noqa: F811
    alarm_statuses = Board(engine)
    assert alarm_statuses.notify("_ga") == [("mail", False, "Open: _ga.")]
    assert alarm_statuses.notify("_ga") == []
    assert alarm_statuses.notify("_ga", "_fbp") == [("mail", False, "Open: _ga, _fbp.")]
    assert alarm_statuses.notify("_ga", "_fbp") == []
    assert alarm_statuses.notify("_fbp") == []
    assert alarm_statuses.notify("_fbp", "_ga") == [("mail", False, "Open: _fbp, _ga.")], "it came back"
    assert alarm_statuses.notify("_fbp", "_ga", "_uet", "_pin") == [("mail", False, "Open: _fbp, _ga, _uet, _pin.")]
    assert alarm_statuses.notify() == [("mail", True, "Open: _fbp, _ga, _uet, _pin.")]


def test_a_recovered_channel_gets_exactly_what_it_missed(engine: Engine, shop: Any) -> None:  # noqa: F811
    alarm_statuses, every = Board(engine), ("mail", "hook")
    assert alarm_statuses.notify("_ga", up=("mail",), every=every) == [("mail", False, "Open: _ga.")]
    assert alarm_statuses.notify("_ga", up=every, every=every) == [("hook", False, "Open: _ga.")]
    assert alarm_statuses.notify("_ga", "_fbp", up=("hook",), every=every) == [("hook", False, "Open: _ga, _fbp.")]
    assert alarm_statuses.notify(up=("hook",), every=every) == [("hook", True, "Open: _ga, _fbp.")]
    with engine.connect() as connection:
        assert (len(alarms.past(connection, 1, 10)), alarms.present(connection)) == (1, [])
    assert alarm_statuses.notify("_uet", up=("hook",), every=every) == [("hook", False, "Open: _uet.")]
    assert alarm_statuses.notify(up=("hook",), every=every) == [("hook", True, "Open: _uet.")]
    assert alarm_statuses.notify(up=every, every=every) == [("mail", True, "Open: _uet.")], "it knew of the one before"
    assert alarm_statuses.notify("_ga", up=("hook",), every=every) == [("hook", False, "Open: _ga.")]
    assert alarm_statuses.notify(up=every, every=every) == [("hook", True, "Open: _ga.")], (
        "what nobody was told of ends for nobody"
    )
    with engine.connect() as connection:
        assert (len(alarms.past(connection, 1, 10)), connection.execute(select(Alarm.kind)).all()) == (3, [])


def test_a_channel_removed_from_the_settings_keeps_no_state(engine: Engine, shop: Any) -> None:  # noqa: F811
    alarm_statuses = Board(engine)
    alarm_statuses.notify("_ga")
    assert alarm_statuses.notify("_ga", up=("hook",), every=("hook",)) == [("hook", False, "Open: _ga.")], (
        "a new one learns what lasts"
    )
    assert alarm_statuses.notify(up=("hook",), every=("hook",)) == [("hook", True, "Open: _ga.")]
    with engine.connect() as connection:
        assert connection.execute(select(Alarm.kind)).all() == []


def test_retries_a_failed_channel_without_repeating_on_the_others(engine: Engine, told: Any) -> None:  # noqa: F811
    watching, clock, mail, receiver = told
    write(engine, 1)
    clock.now += 61
    mail.refuses, receiver.answers = True, [500]
    watching.check()
    assert (mail.mails.empty(), len(receiver.got)) == (True, 1)
    mail.refuses, receiver.answers = False, [500]
    watching.check()
    assert mail.next()["Subject"] == "[shop] The log is behind"
    for _ in range(4):
        watching.check()
    assert [post["state"] for post in receiver.got] == ["begun"] * 3, (
        "what was answered by 500 comes again, and then no more"
    )
    assert mail.mails.empty(), "nobody gets the same mail again"


def test_backs_off_from_a_channel_that_keeps_failing() -> None:
    rests, tried = Backoff(), []
    for look in range(70):
        if rests.due(["hook"]):
            tried.append(look)
            rests.note(Delivery({"hook": "it returned 500"}))
    assert tried == [0, 1, 3, 7, 15, 31, 63]
    for _ in range(70):
        rests.due(["hook"])
    rests.note(Delivery({"hook": ""}))
    assert [rests.due(["hook"]) for _ in range(2)] == [["hook"]] * 2


def _by_mail(_: int) -> list[str]:
    return ["mail"]


def test_another_node_takes_over_a_notification_when_the_claim_expires(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.begin() as connection:
        alarms.save(connection, {(1, "receipt_loss"): alarms.Problem("Lost.")}, NOW)
        alarms.save(connection, {(1, "receipt_loss"): alarms.Problem("More lost.")}, NOW + 60)
        news = alarms.claim(connection, _by_mail, _by_mail, NOW + 60)
        assert news
        assert (news.alarm.since, news.alarm.sentence) == (NOW, "More lost.")
        assert alarms.claim(connection, _by_mail, _by_mail, NOW + 60) is None
        again = alarms.claim(connection, _by_mail, _by_mail, NOW + 61 + alarms.CLAIMED_SECONDS)
        assert again == news
        assert alarms.claim(connection, _by_mail, _by_mail, NOW) == news, "claimed by a clock that was ahead"
        alarms.release(connection, news, ["mail"])
        assert alarms.claim(connection, _by_mail, _by_mail, NOW + 999) is None


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CONSENT_ALARM_WEBHOOK", "http://pager.example.com/", "CONSENT_ALARM_WEBHOOK must be like"),
        ("CONSENT_ALARM_MAIL", "ann", "CONSENT_ALARM_MAIL: 'ann' is not an email address"),
        ("CONSENT_ALARM_MAIL", "ann@example.org", "CONSENT_ALARM_MAIL requires CONSENT_MAIL_URL"),
        ("CONSENT_ALARM_LANGUAGE", "nl", "CONSENT_ALARM_LANGUAGE must be one of en, de, fr, es"),
        ("CONSENT_ALARM_SILENCE", "soon", "CONSENT_ALARM_SILENCE must be a whole number"),
    ],
)
def test_rejects_invalid_settings_at_startup(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_settings(BASE | {name: value})


def test_the_list_has_each_kind_and_marks_those_that_are_not_monitored(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.begin() as connection:
        there = {(1, "receipt_loss"): "Lost.", (2, "leak"): "Of another site.", (0, "geo_outdated"): "Old."}
        alarms.save(connection, {key: alarms.Problem(sentence) for key, sentence in there.items()}, NOW)
        found = {one.kind.name: one for one in alarm_statuses(connection, 1, 0)}
    assert set(found) == set(TITLES)
    assert {name for name, one in found.items() if one.lasting} == {"receipt_loss", "geo_outdated"}
    assert {name for name, one in found.items() if not one.is_watched} == {"no_traffic"}


def test_does_not_reveal_the_secret_path_of_a_webhook() -> None:
    outlet = Notifier(None, ("ann@example.org",), "https://key:word@pager.example.com:8443/hooks/4f2a")
    assert outlet.channels == ["ann@example.org", "a webhook at pager.example.com:8443"]
    assert Notifier().channels == []


def test_sites_are_known_by_their_key(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.connect() as connection:
        assert [site.key for site in sites.every(connection)] == ["shop"]


def test_notifies_of_an_open_request_a_week_before_its_due_date(watch: AlarmContext) -> None:
    today = NOW // DAY
    facts = {"kind": "access", "place": "DE", "law": "GDPR", "received": today - 30, "added_at": NOW, "added_by": "x"}

    def add(due: int, outcome: str = "") -> str:
        privacy_requests.add(watch.transaction, 1, facts | {"due": due, "outcome": outcome})
        (sentence,) = of(watch, "request_due") or [""]
        return sentence

    site = watch.sites[0].name
    assert add(today + 8) == add(today, "done") == ""
    in_a_week = f"On {site}, request #3 is due in 7 days ({date_of(today + 7)})."
    assert add(today + 7) == in_a_week
    late = f"On {site}, request #4 was due on {date_of(today - 1)}."
    assert add(today - 1) == f"{late} {in_a_week}"
    assert add(today) == (
        f"{late} On {site}, 2 requests are due within 7 days: #5 ({date_of(today)}); #3 ({date_of(today + 7)})."
    )
    assert add(today - 2).startswith(
        f"On {site}, 2 requests are late: #6 ({date_of(today - 2)}); #4 ({date_of(today - 1)}). On {site}, 2 requests"
    )


@pytest.mark.parametrize(("days", "words"), [(0, "today"), (1, "tomorrow"), (2, "in 2 days")])
def test_one_request_says_when_it_is_due(watch: AlarmContext, days: int, words: str) -> None:
    day = NOW // DAY + days
    facts = {"kind": "access", "place": "DE", "law": "GDPR", "received": day - 30, "added_at": NOW, "added_by": "x"}
    privacy_requests.add(watch.transaction, 1, facts | {"due": day})
    assert of(watch, "request_due") == [f"On {watch.sites[0].name}, request #1 is due {words} ({date_of(day)})."]


def test_notifies_of_a_law_change_sixty_days_before_it_affects_a_site(engine: Engine, shop: Any) -> None:  # noqa: F811
    tags = [{"id": "ads", "group": "advertising", "name": "Ads"}]
    with engine.begin() as connection:
        name = configs.put_config(connection, shop.id, 9, json.dumps(make_config(tags)).encode(), now=NOW, by="")
        look = AlarmContext(connection, [shop._replace(live_config=name)], NOW, 0, NOW, NOW, rules=load_rules())
        assert "Chile (2026-12-01)" in of(look, "law_change")[0]
        in_november = dataclasses.replace(
            look, now=int(datetime.datetime(2026, 11, 10, tzinfo=datetime.UTC).timestamp())
        )
        problem = check_all(in_november)[shop.id, "law_change"]
        assert "US-CA 2027-01-01" in problem.items, "browsers must offer a signal"
        assert not any(item.endswith("2027-07-01") for item in problem.items)
        assert of(dataclasses.replace(look, now=NOW - 400 * DAY, rules=None), "law_change") == []
