"""Alarms are told once when they begin and once when they end, over real connections, and seen in the dashboard's store."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from consent.alarms.board import board
from consent.alarms.kinds import KINDS, TITLES, Watch, look_at_all
from consent.alarms.outlet import Outlet
from consent.alarms.watching import Alarms
from consent.config import SettingsError, load_settings
from consent.mail import Mailer
from consent.storage import alarms, reviews, scans, seen, sites
from consent.storage.commits import Commits, Job
from consent.storage.event_counts import Event, add_counts
from consent.storage.models import Alarm
from tests.mail_server import MailServer, running_mail_server
from tests.proof.test_checkpoint_hook import Keeper
from tests.storage.cast import DAY, NOW, receipt_of
from tests.storage.conftest import empty_engine, engine, shop, url  # noqa: F401 - fixtures

TODAY = NOW // DAY
CONFIG = "sha256:" + "0" * 64
SHOWN = Event(1, TODAY, CONFIG, "DE", "", "eu_opt_in", "de", "a", "phone", False, "shown")
BASE = {"CONSENT_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}


class FakeReader:
    """A geo database of which no more is asked than when it was built."""

    def __init__(self) -> None:
        self.description = type("Description", (), {"status": "ok", "build_epoch": NOW})()


class FakeRules:
    """Rules of which no more is asked than when they were compared with the law."""

    version = "2026-11-24"


@pytest.fixture
def watch(engine: Engine, shop: Any) -> Iterator[Watch]:  # noqa: F811
    """Give a look at a quiet site."""
    with engine.connect() as connection:
        yield Watch(connection, [shop._replace(live_config=CONFIG)], NOW, 3600, NOW, NOW)


@contextlib.contextmanager
def running_keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.server.shutdown()
    keeper.thread.join()
    keeper.server.server_close()


def finding(**changes: Any) -> scans.Kept:
    values = {
        **dict.fromkeys(scans.Kept._fields, ""),
        "kind": "cookie", "name": "_ga", "host": "www.shop.example", "third_party": False, "lifetime_s": None,
        "group": "analytics", "purpose": None, "vendor": "google-analytics", "confidence": 1.0, "is_leak": False,
        "situations": "none", "leaks": "[]", "gone_at": None, "first_seen": NOW, "last_seen": NOW,
    }  # fmt: skip
    return scans.Kept(**values | changes)


def write(engine: Engine, count: int, **changes: Any) -> None:  # noqa: F811
    commits = Commits(engine)
    commits.commit_or_retry([Job(receipt_of(1, **changes)) for _ in range(count)], lambda: None)
    commits.drop()


def of(watch: Watch, kind: str) -> list[str]:
    return [wrong.sentence for (_, name), wrong in look_at_all(watch).items() if name == kind]


def test_every_kind_is_one_row_with_a_title() -> None:
    assert list(TITLES) == ["leak", "unknown_vendor", "loss", "places", "silence", "log", "geo", "rules"]
    assert len(KINDS) == len(TITLES)


def test_a_quiet_site_has_no_alarm(watch: Watch) -> None:
    assert look_at_all(watch) == {}


def test_leaks_and_unknown_vendors_are_found_until_a_person_decides(watch: Watch) -> None:
    host = {"kind": "host", "name": "x.tracker.example", "host": "x.tracker.example", "vendor": "", "third_party": True}
    leak = finding(is_leak=True)
    scans.keep(watch.transaction, 1, [leak, finding(**host)], NOW)
    assert of(watch, "leak") == ["Scans of shop show 1 open leak: _ga without a right."]
    assert "x.tracker.example" in of(watch, "unknown_vendor")[0]
    scans.keep(watch.transaction, 1, [finding(**host, layer="own")], NOW)
    assert of(watch, "unknown_vendor") == [], "the service's own host is nobody unknown"
    scans.keep(watch.transaction, 1, [finding(**host)], NOW)
    reviews.decide(watch.transaction, 1, reviews.Decided(*leak.key, "essential", None, "It is ours.", "ann", NOW))
    assert of(watch, "leak") == []


def test_a_leak_is_told_with_the_situations_and_regions_in_which_it_had_no_right_to_be(watch: Watch) -> None:
    everywhere = json.dumps([["none", "", "/"], ["none", "DE", "/"], ["gpc", "US-CA", "/"], ["gpc", "US-CA", "/cart"]])
    abroad = json.dumps([["reject", "GB", "/"], ["reject", "DE", "/"]])
    scans.keep(watch.transaction, 1, [finding(is_leak=True, leaks=abroad, name="_fbp")], NOW - DAY)
    scans.keep(watch.transaction, 1, [finding(is_leak=True, leaks=everywhere)], NOW)
    assert of(watch, "leak") == [
        "Scans of shop show 2 open leaks: _ga before a choice, under GPC in US-CA; _fbp after rejecting in DE, GB."
    ]


def test_more_than_one_choice_in_a_hundred_without_receipt_is_a_loss(engine: Engine, watch: Watch) -> None:  # noqa: F811
    with engine.begin() as connection:
        add_counts(connection, {SHOWN._replace(event="chosen"): 200})
    write(engine, 198, arrival="prompt", salt=None)
    assert of(watch, "loss") == []
    with engine.begin() as connection:
        add_counts(connection, {SHOWN._replace(event="chosen"): 1})
    assert "3 (1.5%)" in of(watch, "loss")[0]


def test_more_than_two_unknown_places_in_a_hundred_are_told(watch: Watch) -> None:
    add_counts(watch.transaction, {SHOWN: 98, SHOWN._replace(country=""): 2})
    assert of(watch, "places") == []
    add_counts(watch.transaction, {SHOWN._replace(country=""): 1})
    assert "3.0%" in of(watch, "places")[0]


def test_a_site_that_was_seen_and_is_silent_for_an_hour_is_told(watch: Watch) -> None:
    seen.keep_seen(watch.transaction, [seen.Seen(1, "", CONFIG, NOW - 9000, NOW - 3600)])
    assert of(watch, "silence") == []
    later = dataclasses.replace(watch, now=NOW + 1)
    assert of(later, "silence") == ["No page of shop has asked for its banner for more than 60 minutes."]
    assert of(dataclasses.replace(later, silence_s=0), "silence") == []
    assert of(dataclasses.replace(later, silence_s=60), "silence")[0].endswith(" for more than 1 minute.")


def test_old_data_and_a_slow_log_are_told(engine: Engine, watch: Watch) -> None:  # noqa: F811
    assert "150 days old" in of(dataclasses.replace(watch, geo_built=NOW - 150 * DAY), "geo")[0]
    assert "No geo database" in of(dataclasses.replace(watch, geo_built=None), "geo")[0]
    assert "400 days ago" in of(dataclasses.replace(watch, rules_checked=NOW - 400 * DAY), "rules")[0]
    write(engine, 1)
    assert of(dataclasses.replace(watch, now=NOW + 60), "log") == []
    assert "log of shop is behind" in of(dataclasses.replace(watch, now=NOW + 61), "log")[0]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(engine: Engine, shop: Any) -> Iterator[tuple[Alarms, Clock, MailServer, Keeper]]:  # noqa: F811
    """Give what looks at a store whose log is behind, a mail server and a server that keeps posts."""
    with running_mail_server() as mail, running_keeper() as keeper:
        outlet = Outlet(Mailer(mail.url, "consent@example.com"), ("ann@example.org",), keeper.url, "https://c.example")
        clock, reader, rules = Clock(), FakeReader(), FakeRules()
        yield Alarms(engine, outlet, reader, rules, 60, clock=clock), clock, mail, keeper  # type: ignore[arg-type]


def test_each_beginning_and_each_end_is_told_once(engine: Engine, told: Any) -> None:  # noqa: F811
    watching, clock, mail, keeper = told
    write(engine, 1)
    clock.now += 61
    for _ in range(3):
        watching.look()
        clock.now += 60
    begun = mail.next()
    assert begun["Subject"] == "[shop] The log is behind"
    assert "The log of shop is behind" in begun.get_content()
    assert "https://c.example/sites/shop/" in begun.get_content()
    with engine.connect() as connection:
        assert [one.kind for one in alarms.present(connection, 1)] == ["log"]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE receipt SET log_index = 0")
    for _ in range(3):
        watching.look()
    assert mail.next()["Subject"] == "[shop] Over: The log is behind"
    assert mail.mails.empty()
    assert [(post["kind"], post["site"], post["state"]) for post in keeper.got] == [
        ("log", "shop", "begun"),
        ("log", "shop", "ended"),
    ]
    assert keeper.got[0]["ended"] is None
    with engine.connect() as connection:
        assert alarms.present(connection) == []
        assert connection.execute(select(Alarm.kind)).all() == []
        (past,) = alarms.past(connection, 1, 10)
        assert (past.kind, past.since, past.ended_at) == ("log", NOW + 61, NOW + 241)
        assert {one.kind.name: one.began for one in board(connection, 1, 60)}["log"] == NOW + 61
    with engine.begin() as connection:
        alarms.keep(connection, {}, past.ended_at + alarms.KEPT_S + 1)
        assert alarms.past(connection, 1, 10) == []


def test_a_leak_that_joins_a_lasting_alarm_is_told_and_one_that_goes_is_not(engine: Engine, shop: Any) -> None:  # noqa: F811
    def told_of(*names: str) -> list[tuple[int, str]]:
        with engine.begin() as connection:
            wrong = {(1, "leak"): alarms.Wrong(f"Open: {', '.join(names)}.", frozenset(names))} if names else {}
            alarms.keep(connection, wrong, NOW)
            return [(one.since, one.sentence) for one in alarms.claim(connection)]

    assert told_of("_ga") == [(NOW, "Open: _ga.")]
    assert told_of("_ga") == []
    assert told_of("_ga", "_fbp") == [(NOW, "Open: _ga, _fbp.")]
    assert told_of("_ga", "_fbp") == []
    assert told_of("_fbp") == []
    assert told_of("_fbp", "_ga") == [(NOW, "Open: _fbp, _ga.")], "it came back"
    with engine.begin() as connection:
        connection.execute(update(Alarm).values(things=None))
    assert told_of("_fbp", "_ga", "_uet") == [], "nobody knows what a node of an older version told"
    assert told_of("_fbp", "_ga", "_uet", "_pin") == [(NOW, "Open: _fbp, _ga, _uet, _pin.")]


def test_what_reaches_nobody_is_told_later(engine: Engine, told: Any) -> None:  # noqa: F811
    watching, clock, mail, keeper = told
    write(engine, 1)
    clock.now += 61
    mail.refuses, keeper.answers = True, [500]
    watching.look()
    assert mail.mails.empty()
    mail.refuses = False
    watching.look()
    assert mail.next()["Subject"] == "[shop] The log is behind"
    keeper.answers = [500]
    watching.look()
    assert mail.mails.empty(), "one way is enough: nobody gets the same mail again"


def test_one_of_two_nodes_tells(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.begin() as connection:
        alarms.keep(connection, {(1, "loss"): alarms.Wrong("Lost.")}, NOW)
        alarms.keep(connection, {(1, "loss"): alarms.Wrong("More lost.")}, NOW + 60)
    with engine.begin() as connection:
        assert [(one.since, one.sentence) for one in alarms.claim(connection)] == [(NOW, "More lost.")]
        assert alarms.claim(connection) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CONSENT_ALARM_WEBHOOK", "http://pager.example.com/", "CONSENT_ALARM_WEBHOOK must be like"),
        ("CONSENT_ALARM_MAIL", "ann", "CONSENT_ALARM_MAIL: 'ann' is no mail address"),
        ("CONSENT_ALARM_MAIL", "ann@example.org", "CONSENT_ALARM_MAIL needs CONSENT_MAIL_URL"),
        ("CONSENT_ALARM_SILENCE", "soon", "CONSENT_ALARM_SILENCE must be a whole number"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_the_start(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_settings(BASE | {name: value})


def test_the_board_has_each_kind_and_says_what_nobody_looks_for(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.begin() as connection:
        there = {(1, "loss"): "Lost.", (2, "leak"): "Of another site.", (0, "geo"): "Old."}
        alarms.keep(connection, {key: alarms.Wrong(sentence) for key, sentence in there.items()}, NOW)
        found = {one.kind.name: one for one in board(connection, 1, 0)}
    assert set(found) == set(TITLES)
    assert {name for name, one in found.items() if one.lasting} == {"loss", "geo"}
    assert {name for name, one in found.items() if not one.is_watched} == {"silence"}


def test_the_ways_do_not_tell_the_secret_path_of_a_webhook() -> None:
    outlet = Outlet(None, ("ann@example.org",), "https://key:word@pager.example.com:8443/hooks/4f2a")
    assert outlet.ways == ["ann@example.org", "a webhook at pager.example.com:8443"]
    assert Outlet().ways == []


def test_sites_are_known_by_their_key(engine: Engine, shop: Any) -> None:  # noqa: F811
    with engine.connect() as connection:
        assert [site.key for site in sites.every(connection)] == ["shop"]
