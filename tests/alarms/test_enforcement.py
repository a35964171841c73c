"""Counts of page views: what raises the alarm, what doesn't in a thousand clean days, and what is signed for a day."""

import base64
import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from consent import verify
from consent.alarms.enforcement import disclosable_count, leaking_vendors
from consent.alarms.enforcement_days import signed_days
from consent.alarms.enforcement_journal import ACTION, EnforcementJournal, facts_of_day
from consent.alarms.rules import AlarmContext, check_all
from consent.core.days import date_of
from consent.exports.atomic_file import write_file
from consent.exports.export_stream import Export, Source
from consent.storage.database.engine import make_engine
from consent.storage.log import entries
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from consent.storage.statistics import enforcement
from consent.storage.statistics.enforcement import Asked, View, Views
from consent.storage.tables.log import LogEntry
from tests.api.shop import Shop, open_shop
from tests.storage.fixtures import empty_engine, engine, shop, url  # noqa: F401 - fixtures
from tests.storage.sample_receipts import DAY, NOW

pytestmark = pytest.mark.extended

TODAY = NOW // DAY
VENDORS = ("ga", "ads", "chat")
SHARES = {"not_asked": 0.35, "refused": 0.25, "granted": 0.35, "signal": 0.05}


def add(engine: Engine, views: dict[View, Views], asked: dict[Asked, int]) -> None:  # noqa: F811
    with engine.begin() as connection:
        enforcement.add_views(connection, views, asked)


def few(chance: random.Random, count: int, rate: float) -> int:
    """Return a random number of events among `count` with a small probability `rate` (Poisson distribution)."""
    number, left = 0, chance.expovariate(1.0)
    while left < count * rate:
        number, left = number + 1, left + chance.expovariate(1.0)
    return number


def day_of_traffic(
    engine: Engine,  # noqa: F811
    chance: random.Random,
    day: int,
    leak: float = 0.0,
    sampled: int = 0,
) -> None:
    """Add a day of made-up page views: some are reported by mistake, and of the refusals a share really leaks."""
    total = sampled or int(10 ** chance.uniform(2, 5.5))
    views: dict[View, Views] = {}
    asked: Counter[Asked] = Counter()
    for state, share in SHARES.items():
        number = int(total * share)
        for vendor in VENDORS:
            wrong = few(chance, number, 1 / 10_000)
            truly = few(chance, number, leak) if vendor == "ga" and state == "refused" else 0
            for _ in range(wrong + truly):
                page = chance.choice(["/", "/shoes", "/checkout"])
                asked[Asked(1, day * 24 + chance.randrange(24), vendor, state, vendor == "ga", page)] += 1
        views[View(1, day * 24 + 12, state)] = Views(number, sum(n for one, n in asked.items() if one.state == state))
    add(engine, views, asked)


def watch(connection: Any, site: Any, day: int) -> dict[tuple[int, str], Any]:
    context = AlarmContext(connection, [site._replace(live_config=None)], (day + 1) * DAY - 1, 0, NOW, NOW)
    return {key: problem for key, problem in check_all(context).items() if key[1] == "enforcement"}


@pytest.fixture
def sqlite_engine(ready_sqlite_database: str) -> Iterator[Engine]:
    """Yield an SQLite engine for tests whose result doesn't depend on the database."""
    made = make_engine(ready_sqlite_database)
    yield made
    made.dispose()


@pytest.mark.slow
def test_a_thousand_clean_days_raise_at_most_one_false_alarm(sqlite_engine: Engine) -> None:
    chance, alarms = random.Random(29), 0
    for day in range(TODAY, TODAY + 1000):
        day_of_traffic(sqlite_engine, chance, day)
        with sqlite_engine.connect() as connection:
            # The alarm checks today and yesterday.
            alarms += bool(leaking_vendors(connection, 1, day - 1, day))
    assert alarms <= 1


@pytest.mark.parametrize("seed", range(3))
def test_a_tag_that_leaks_for_one_in_a_hundred_is_named_within_the_day(seed: int, engine: Engine, shop: Any) -> None:  # noqa: F811
    day_of_traffic(engine, random.Random(seed), TODAY, leak=0.01, sampled=20_000)
    with engine.connect() as connection:
        (problem,) = watch(connection, shop, TODAY).values()
        (found,) = leaking_vendors(connection, 1, TODAY, TODAY)
        pages = enforcement.first_pages(connection, 1, "ga", TODAY, TODAY, 5)
    assert (problem.items, found.vendor, found.is_own) == (frozenset({"ga"}), "ga", True)
    assert problem.sentence.startswith(
        "On The shop, vendors ran without permission since yesterday, in page views: ga ("
    )
    assert pages[0].hour == min(page.hour for page in pages)


def test_reports_a_leak_after_twenty_page_views_but_not_after_nineteen(engine: Engine, shop: Any) -> None:  # noqa: F811
    view, asked = View(1, TODAY * 24, "refused"), Asked(1, TODAY * 24, "ads", "refused", False, "/")
    add(engine, {view: Views(500, 19)}, {asked: 19})
    with engine.connect() as connection:
        assert watch(connection, shop, TODAY) == {}
        facts = facts_of_day(connection, shop._replace(live_config=None), TODAY)
    assert (facts["views"]["refused"], facts["asked"]["refused"], facts["vendors"]) == (500, None, {})
    add(engine, {view: Views(1, 1)}, {asked: 1})
    with engine.connect() as connection:
        assert len(watch(connection, shop, TODAY)) == 1
        assert facts_of_day(connection, shop._replace(live_config=None), TODAY)["asked"]["refused"] == 20
        # The alarm ends after two days.
        assert watch(connection, shop, TODAY + 2) == {}
    assert (disclosable_count(0), disclosable_count(19), disclosable_count(20)) == (0, None, 20)


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[tuple[Shop, int]]:
    """Open a site with yesterday's sample signed."""
    opened = open_shop(tmp_path / "instance")
    context = opened.service.context
    context.buffers.sampled_views.close()
    now = int(context.clock())
    day = now // DAY
    add(
        context.engine,
        {View(opened.site_id, day * 24 + 3, "refused"): Views(900, 31)},
        {Asked(opened.site_id, day * 24 + 3, "ga", "refused", True, "/shoes"): 31},
    )
    journal = EnforcementJournal(context.engine, context.keys.receipt, lambda: now + DAY + 700)
    assert journal.run_once() == 1
    assert journal.run_once() == 0
    yield opened, day
    opened.service.close()


def test_a_day_is_signed_once_with_what_was_seen(signed: tuple[Shop, int]) -> None:
    shop_, _ = signed
    with shop_.service.context.engine.connect() as connection:
        (one,) = signed_days(connection, shop_.site_id, "2000-01-01", "2100-01-01")
        (entry,) = entries.newest_of_subject(connection, shop_.site_id, ACTION, 9)
    assert entry.jws == one.jws
    assert one.facts["views"] == {"not_asked": 0, "refused": 900, "granted": 0, "signal": 0}
    assert one.facts["asked"] == {"not_asked": 0, "refused": 31, "granted": 0, "signal": 0}
    assert (one.facts["vendors"], one.facts["scans"]["finished"]) == ({"ga": 31}, 0)


def verdict(shop_: Shop, folder: Path) -> tuple[int, str]:
    """Export the log as an auditor gets it, and verify it."""
    context = shop_.service.context
    while context.log.sequencer.run() or context.log.sequencer.lag:
        pass
    token = shop_.token("log:read")
    for name, path in (("vkey", "/log/shop/vkey"), ("jwks", "/.well-known/jwks.json")):
        (folder / name).write_bytes(shop_.get(path, Authorization=token).data)
    source = Source(context.engine, context.configs.rules, [], context.settings.base_url)
    export = Export(source, shop_.site_id, "shop", Filters(), "jsonl")
    write_file(export, folder / "export.jsonl", lambda count: None)
    return verify.check(folder / "export.jsonl", [folder / "vkey", folder / "jwks"])


def test_a_changed_entry_is_found_by_consent_verify(signed: tuple[Shop, int], tmp_path: Path) -> None:
    shop_, _ = signed
    assert verdict(shop_, tmp_path)[0] == 0
    with shop_.service.context.engine.begin() as connection:
        (entry,) = entries.newest_of_subject(connection, shop_.site_id, ACTION, 9)
        head, payload, signature = entry.jws.split(".")
        claims = verify.decode(payload, verify.URL).replace(b'"refused":31', b'"refused":21')
        assert b'"refused":21' in claims
        forged = f"{head}.{_encoded(claims)}.{signature}"
        connection.execute(update(LogEntry).where(LogEntry.subject == ACTION).values(jws=forged))
    code, sentence = verdict(shop_, tmp_path)
    assert (code, sentence.startswith("False")) == (1, True)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_site_without_samples_gets_no_entry(tmp_path: Path) -> None:
    opened = open_shop(tmp_path)
    context = opened.service.context
    journal = EnforcementJournal(context.engine, context.keys.receipt, lambda: context.clock() + DAY + 700)
    assert journal.run_once() == 0
    with context.engine.connect() as connection:
        assert sites.by_key(connection, "shop")
        assert signed_days(connection, opened.site_id, "2000-01-01", "2100-01-01") == []
    opened.service.close()


def test_the_evidence_has_the_days_before_with_their_signed_texts(signed: tuple[Shop, int]) -> None:
    shop_, day = signed
    context = shop_.service.context
    with context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
        (one,) = signed_days(connection, shop_.site_id, "2000-01-01", "2100-01-01")
    assert site
    pack = context.evidence.create(site, date_of(day + 1))
    with zipfile.ZipFile(io.BytesIO(pack.data)) as files:
        (table,) = [files.read(name).decode() for name in files.namelist() if name.endswith("enforcement.csv")]
        (texts,) = [files.read(name).decode() for name in files.namelist() if name.endswith("log/enforcement")]
        (page,) = [files.read(name).decode() for name in files.namelist() if name.endswith("index.html")]
    assert texts == f"{one.jws}\n"
    assert f"{one.facts['day']},0,0,0,900,31,0,0,0,0,ga:31,0,0" in table
    assert "31 of 900" in page
    assert "Not proved is" in page
