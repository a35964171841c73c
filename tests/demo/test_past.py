"""Two years of made-up history in a database: the same for the same seed, signed, logged and verifiable."""

import json
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from consent import verify
from consent.app import load_rules
from consent.classifier.result import SURE
from consent.config import Settings
from consent.demo.past import SeedError, fill_past, sequence_past
from consent.demo.past_choices import (
    RECENT_DAYS,
    RECENT_RECEIPTS,
    SLICE,
    Drawing,
    draw_slice,
    last_two_years,
    recent_visitors,
)
from consent.demo.past_sites import SITES, VERSIONS, past_drafts
from consent.demo.ports import Ports
from consent.demo.prepare import prepare_database
from consent.demo.site import demo_draft
from consent.exports import Export, Source
from consent.exports.atomic_file import write_file
from consent.log.checkpoints import origin_of, verifier_key
from consent.signing.keys import load_keys
from consent.sites.draft import check_draft, missing_controller_facts
from consent.sites.experiments.runs import comparisons, results, runs
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.privacy import privacy_requests
from consent.storage.scans import scans
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses
from consent.storage.statistics.rates import StatisticsQuery
from consent.storage.tables.receipts import Receipt, ReceiptPersonal
from consent.storage.tables.sites import Config

pytestmark = [pytest.mark.app, pytest.mark.extended]

END = 1795564800  # 2026-11-25T00:00:00Z
DRAWING = Drawing(seed=7, receipts=2 * SLICE + 1, start=END - 730 * 86400, end=END)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Fill a database, and return it with its settings."""
    settings = Settings(instance=tmp_path_factory.mktemp("past"), demo=True)
    engine = make_engine(settings.database)
    upgrade(engine)
    said: list[int] = []
    assert fill_past(engine, settings, Ports(), DRAWING, said.append) == DRAWING.receipts == said[-1]
    assert sequence_past(engine, settings, said.append) == DRAWING.receipts + 2 * VERSIONS * len(SITES)
    yield engine, settings
    engine.dispose()


def test_drafts_are_good_and_name_forty_vendors():
    drafts = past_drafts(Ports())
    assert {key: len(versions) for key, versions in drafts.items()} == dict.fromkeys(SITES, VERSIONS)
    for draft in (draft for versions in drafts.values() for draft in versions):
        check_draft(draft)
        assert missing_controller_facts(draft) == []
    assert drafts["demo"][-1] == demo_draft(Ports())
    assert len({vendor["id"] for versions in drafts.values() for vendor in versions[-1]["vendors"]}) == 40
    for versions in drafts.values():
        assert len({json.dumps(draft, sort_keys=True) for draft in versions}) == VERSIONS


def test_the_same_seed_draws_the_same_and_another_one_something_else():
    first = draw_slice(DRAWING, 1)
    assert first == draw_slice(DRAWING, 1)
    other = Drawing(8, DRAWING.receipts, DRAWING.start, DRAWING.end)
    assert not {drawn.id for drawn in first} & {drawn.id for drawn in draw_slice(other, 1)}


def test_every_receipt_is_drawn_once_and_within_its_time():
    drawing = last_two_years(25_000, 1, END + 3600)
    assert (drawing.start, drawing.end) == (DRAWING.start, END)
    drawn = [one for number in range(drawing.slices) for one in draw_slice(drawing, number)]
    assert len({one.id for one in drawn}) == len({one.key for one in drawn}) == 25_000
    assert [one.time for one in drawn] == sorted(one.time for one in drawn)
    assert drawing.start <= drawn[0].time <= drawn[-1].time < drawing.end
    by_id = {one.id: one for one in drawn}
    again = [one for one in drawn if one.previous]
    assert len(again) > 500
    for one in again:
        before = by_id[one.previous]
        assert (before.visitor, before.country, before.site) == (one.visitor, one.country, one.site)
        assert before.time < one.time


def test_the_database_holds_what_was_drawn(filled):
    engine, _ = filled
    with engine.connect() as connection:
        found = dict(connection.execute(select(Receipt.action, func.count()).group_by(Receipt.action)).all())
        by_site = Counter(connection.execute(select(Receipt.site_id)).scalars())
        live = {site.live_config for site in sites.every(connection)}
        used = set(connection.execute(select(Receipt.config)).scalars())
        configs = set(connection.execute(select(Config.sha256)).scalars())
        linked = connection.execute(select(func.count()).where(ReceiptPersonal.previous.is_not(None))).scalar_one()
        unplaced = connection.execute(select(func.count()).where(Receipt.log_index.is_(None))).scalar_one()
    assert sum(found.values()) == DRAWING.receipts
    assert set(found) == {"accept_all", "reject_all", "save", "withdraw", "opt_in", "opt_out"}
    assert len(by_site) == 3
    assert live < used == configs
    assert linked > 0
    assert unplaced == 0


def test_what_was_shown_and_chosen_is_counted(filled):
    engine, _ = filled
    first, last = DRAWING.start // 86400, DRAWING.end // 86400
    with engine.connect() as connection:
        meters = [losses(connection, site.id, first, last) for site in sites.every(connection)]
        receipts = connection.execute(select(func.count()).select_from(Receipt)).scalar_one()
    assert sum(meter.kept for meter in meters) == receipts == DRAWING.receipts
    for meter in meters:
        assert meter.shown > meter.chosen * 0.8
        assert meter.late > 0
        assert 0 <= meter.rate < 0.01


def test_the_shops_ended_experiment_has_its_counts_from_the_receipts(filled):
    engine, _ = filled
    with engine.connect() as connection:
        shop = sites.by_key(connection, "demo")
        (run,) = runs(connection, shop.id)
        found = results(connection, shop.id, run, END)
        answers = select(Receipt.variant, Receipt.action, func.count()).where(
            Receipt.config.in_(run.configs), Receipt.method == "click"
        )
        stored = {row[:2]: row[2] for row in connection.execute(answers.group_by(Receipt.variant, Receipt.action))}
        by_config = select(Receipt.config).where(Receipt.variant.in_(("b", "base"))).distinct()
        drawn_in = set(connection.execute(by_config).scalars())
    assert (run.first_version, run.last_version) == (3, 5)
    assert run.ended_at
    assert drawn_in == set(run.configs), "where there is no experiment, visitors are shown the banner itself"
    for result in found:
        letter = result.variant["id"]
        for action, count in zip(("accept_all", "reject_all", "save"), result.counts[2:], strict=True):
            assert 0 < count <= stored[letter, action] < count * 1.2, "those of bots are not counted"
        assert result.counts.saved <= result.counts.opened < result.counts.shown
    assert stored["base", "save"] > 0, "a choice was known, or the place does not ask"
    assert {one.measure for one in comparisons(found)} == {"accepted", "rejected"}


def test_the_logs_verify(filled, tmp_path):
    engine, settings = filled
    keys = load_keys(settings.instance / "keys")
    source = Source(engine, load_rules(), keys.jwks["keys"], settings.base_url)
    (tmp_path / "jwks").write_text(json.dumps(keys.jwks))
    with engine.connect() as connection:
        found = sites.every(connection)
    for site in found:
        key = tmp_path / f"{site.key}.vkey"
        key.write_text(verifier_key(origin_of(settings.base_url, site.key), keys.log.public))
        file = tmp_path / f"{site.key}.jsonl"
        write_file(Export(source, site.id, site.key, Filters(), "jsonl"), file, lambda count: None)
        code, sentence = verify.check(file, [key, tmp_path / "jwks"])
        assert code == 0, sentence


@pytest.mark.long
def test_a_stop_request_ends_the_seeding_between_two_slices(tmp_path: Path):
    stopped = threading.Event()
    stopped.set()
    settings = Settings(instance=tmp_path, demo=True)
    with pytest.raises(SeedError, match="Stopped"):
        prepare_database(settings, Ports(), DRAWING, stopped)
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Receipt)).scalar_one() == DRAWING.count(0)
    engine.dispose()


def test_again_it_adds_nothing_and_another_database_is_refused(filled, tmp_path: Path):
    engine, settings = filled
    assert fill_past(engine, settings, Ports(), DRAWING, print) == 0
    more = last_two_years(DRAWING.receipts + 1, 7, END)
    with pytest.raises(SeedError, match="an empty database"):
        fill_past(engine, settings, Ports(), more, print)
    other = make_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    upgrade(other)
    with other.begin() as connection:
        sites.create(connection, "shop", "Shop", "{}", END)
    with pytest.raises(SeedError, match="1 sites and 0 receipts"):
        fill_past(other, settings, Ports(), DRAWING, print)
    other.dispose()


def test_a_demo_begins_with_two_periods_of_visitors_which_are_made_once(tmp_path: Path, capsys) -> None:
    settings, now = Settings(instance=tmp_path, demo=True), END + 3600
    seeded = prepare_database(settings, Ports(), recent_visitors(1, now))
    assert seeded.password
    assert "2,400 receipts of 60 days on one site" in capsys.readouterr().out
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        blog, site = sites.every(connection)
        assert (blog.key, bool(blog.live_config)) == ("demo-blog", True)
        assert connection.execute(select(func.count()).select_from(Receipt)).scalar_one() == RECENT_RECEIPTS
        days = rates.numbers(
            connection,
            site.id,
            StatisticsQuery(END // 86400 - RECENT_DAYS, END // 86400),
            rates.DAY,
            load_rules().opt_in_regimes,
        )
        draft = json.loads(sites.read_draft(connection, site.id).text)
    assert len(days) == RECENT_DAYS + 1, "the last day is the one that goes on"
    assert all(one.shown and one.answers for one in days.values())
    assert draft == demo_draft(Ports())
    with engine.connect() as connection:
        found = {one.name: one for one in scans.findings(connection, site.id)}
        requests = privacy_requests.every(connection, site.id)
    assert found["_ga"].group == "analytics"
    assert any(one.confidence < SURE for one in found.values()), "something is unknown"
    assert len(requests) == 3
    prepare_database(settings, Ports(), recent_visitors(2, now))
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Receipt)).scalar_one() == RECENT_RECEIPTS
    engine.dispose()
