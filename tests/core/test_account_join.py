"""Joining an account's choice with a device's: golden cases, and properties over random joins."""

import datetime
import json
import subprocess
from functools import cache
from itertools import permutations, product
from pathlib import Path
from random import Random

import pytest

from consent.core.account import EMPTY, Answer, Vendors, merged, record_answer, suppressed, with_signal
from consent.core.account_join import Visit, join, project, refused_targets
from consent.core.age_rules import letters_of
from consent.core.choice import format_choice, parse_choice
from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from tests.golden import fill_choice, make_config, shipped_rules

DOCUMENT = json.loads((Path(__file__).parents[1] / "golden" / "joins.json").read_text("utf-8"))
TODAY = day_of(datetime.date.fromisoformat(DOCUMENT["date"]))
CONFIG = make_config(DOCUMENT["config"])
PLACES = ("FR", "DE", "GB", "US-CA", "US-CO", "US-FL", "BR", "CH", "JP")
TARGETS = (*OPTIONAL, "v:ads", "v:replay", "v:stats")
REFUSED = ("refused", "vendor_refused", "gpc")


def rule_of(place):
    country, _, subdivision = place.partition("-")
    return resolve(CONFIG, shipped_rules(), Place(country or None, subdivision or None), TODAY)


resolved_of = cache(rule_of)


def answer(place, targets, number, *, ago=0, over=0, told=0, confirmed=False):
    resolved = resolved_of(place)
    granted = {name: bool(value) for name, value in targets.items()}
    letters = letters_of(resolved, "unknown")
    return Answer(granted, TODAY - ago, letters, over, told, f"{number:032x}", confirmed), resolved


def written(writes):
    account, confirm, unseen = EMPTY, [], []
    for number, write in enumerate(writes, 1):
        if write.get("signal"):
            account = with_signal(account)
            continue
        given, resolved = answer(
            write["place"],
            write["answers"],
            number,
            **{name: write[name] for name in ("ago", "over", "told", "confirmed")},
        )
        account, confirm, unseen, *_ = record_answer(account, given, resolved)
    return account, confirm, unseen


def text_of(choice):
    return format_choice(choice) if choice else ""


def runs(resolved, gpc, choice, band="unknown"):
    return decide(resolved, TODAY, Signals(gpc, False, band), choice, "/")


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=[case["name"] for case in DOCUMENT["cases"]])
def test_the_golden_join_holds(case):
    account, confirm, _ = written(case["writes"])
    document = json.loads(fill_choice(json.dumps(case["effect"]["account"]), CONFIG))
    assert account.to_json() == document
    assert confirm == case["effect"]["confirm"]
    visit = Visit(resolved_of(case["place"]), TODAY, case["gpc"], case["age_band"])
    assert text_of(project(account, visit)) == fill_choice(case["effect"]["account_here"], CONFIG)
    own = parse_choice(fill_choice(case["own"], CONFIG))
    joined = join(account if case["signed_in"] else None, own, case["mode"], case["seen"], visit)
    decision = runs(visit.resolved, joined.gpc, joined.choice, case["age_band"])
    assert {
        "choice": text_of(joined.choice),
        "gpc": joined.gpc,
        "lines": joined.lines,
        "up": joined.up,
        "show": decision.show,
        "runs": decision.allowed_tags,
    } == {**case["expect"], "choice": fill_choice(case["expect"]["choice"], CONFIG)}


def test_the_script_decides_each_golden_join_and_a_matrix_of_two_devices_as_the_service_does():
    """The service joins; in the page, the script's port of the decision gets the joined choice and signal."""
    visits, wanted = [], []

    def add(visit, joined, band="unknown"):
        signals = {"gpc": joined.gpc, "dnt": False, "age_band": band}
        choice = text_of(joined.choice)
        visits.append({"resolved": visit.resolved, "day": TODAY, "signals": signals, "choice": choice, "path": "/"})
        decision = decide(visit.resolved, TODAY, Signals(joined.gpc, False, band), joined.choice, "/")
        wanted.append((decision.show, decision.allowed_tags, decision.groups))

    for case in DOCUMENT["cases"]:
        account, _, _ = written(case["writes"])
        visit = Visit(resolved_of(case["place"]), TODAY, case["gpc"], case["age_band"])
        own = parse_choice(fill_choice(case["own"], CONFIG))
        add(
            visit,
            join(account if case["signed_in"] else None, own, case["mode"], case["seen"], visit),
            case["age_band"],
        )
    answers = [dict.fromkeys(OPTIONAL, 1), dict.fromkeys(OPTIONAL, 0), {"advertising": 0}, {"analytics": 1}]
    matrix = product(("FR", "US-CA", "US-CO", "GB"), answers, answers, (False, True), (False, True), (False, True))
    for place, phone, laptop, signed_in, gpc, saw in matrix:
        first, resolved = answer(place, phone, 1, ago=2)
        second, _ = answer(place, laptop, 2, ago=1, over=int(saw), confirmed=saw)
        account = record_answer(record_answer(EMPTY, first, resolved).account, second, resolved).account
        visit = Visit(resolved, TODAY, gpc)
        refused = {target for target, value in {**phone, **({} if saw else laptop)}.items() if not value}
        joined = join(account if signed_in else None, None, "j", 0, visit)
        add(visit, joined)
        open_again = {target for target, value in laptop.items() if value and saw}
        if signed_in:
            assert refused - open_again <= refused_targets(joined.choice) | open_again
    script = Path(__file__).parents[1] / "banner" / "golden.mjs"
    done = subprocess.run(["node", script], input=json.dumps(visits), capture_output=True, text=True, check=True)
    found = [(one["show"], one["allowed_tags"], one["groups"]) for one in json.loads(done.stdout)]
    assert len(found) == len(DOCUMENT["cases"]) + 512
    assert found == wanted


def some_targets(random):
    names = random.sample(TARGETS, random.randint(1, 4))
    return {name: random.random() < 0.55 for name in names}


def some_own(random, place):
    if random.random() < 0.2:
        return None
    resolved = resolved_of(random.choice((place, "FR", "US-CA")))
    states = {group: random.choice((True, True, False, None)) for group in OPTIONAL}
    marks = "".join({True: "1", False: "0", None: "-"}[states[g]] + resolved["groups"][g]["keys"][0] for g in OPTIONAL)
    vendors = "~".join(
        f"{name}:{random.randint(0, 1)}" for name in ("ads", "replay", "stats") if random.random() < 0.25
    )
    day = TODAY - random.choice((0, 1, 20, 170, 200, 400))
    return parse_choice(f"v1.{day}.{resolved['regime']}.{random.choice((0, 0, 0, 1))}.{marks}.{vendors}")


def some_account(random):
    account = EMPTY
    for number in range(1, random.randint(1, 6)):
        if random.random() < 0.15:
            account = with_signal(account)
            continue
        given, resolved = answer(
            random.choice(PLACES),
            some_targets(random),
            number,
            ago=random.choice((0, 1, 10, 100, 200, 390)),
            over=random.randint(0, account.version),
            told=random.choice((0, 0, 1)),
            confirmed=random.random() < 0.5,
        )
        account = record_answer(account, given, resolved).account
    return account


def some_join(seed):
    random = Random(seed)
    place = random.choice(PLACES)
    visit = Visit(resolved_of(place), TODAY, random.random() < 0.25)
    return some_account(random), some_own(random, place), visit, random


def refused_by(decision, *, gpc_told=False):
    reasons = REFUSED[:2] if gpc_told else REFUSED
    return {tag["id"] for tag in decision.tags if tag["reason"] in reasons}


@pytest.mark.parametrize("first", range(0, 4000, 1000))
def test_a_join_is_never_wider_than_the_strictest_that_was_said(first):
    for seed in range(first, first + 1000):
        account, own, visit, _ = some_join(seed)
        joined = join(account, own, "j", 0, visit)
        here = set(runs(visit.resolved, joined.gpc, joined.choice).allowed_tags)
        told = bool(joined.choice and joined.choice.told)
        alone = runs(visit.resolved, visit.gpc, own)
        theirs = runs(visit.resolved, joined.gpc, project(account, visit))
        assert not here & refused_by(alone, gpc_told=told), seed
        assert not here & refused_by(theirs, gpc_told=told), seed
        assert here <= {*alone.allowed_tags, *theirs.allowed_tags}, seed


@pytest.mark.parametrize("mode", "jda")
def test_a_join_of_a_join_is_the_same(mode):
    for seed in range(1500):
        account, own, visit, random = some_join(seed)
        seen = random.randint(0, account.version + 1)
        once = join(account, own, mode, seen, visit)
        again = join(account, own if mode == "a" else once.choice, mode, seen, visit)
        ran, runs_again = (runs(visit.resolved, one.gpc, one.choice).allowed_tags for one in (once, again))
        assert runs_again == ran, seed


def test_kept_apart_no_grant_of_the_account_and_no_unseen_grant_of_the_device_runs():
    for seed in range(1500):
        account, own, visit, _ = some_join(seed)
        joined = join(account, own, "d", 0, visit)
        here = set(runs(visit.resolved, joined.gpc, joined.choice).allowed_tags)
        alone = runs(visit.resolved, joined.gpc, own)
        theirs = runs(visit.resolved, joined.gpc, project(account, visit))
        assert here <= set(alone.allowed_tags), seed
        assert not here & refused_by(theirs, gpc_told=bool(own and own.told)), seed


@pytest.mark.slow
def test_what_goes_up_leaves_nothing_to_go_up_and_nothing_runs_that_was_refused():
    for seed in range(3000):
        account, own, visit, _ = some_join(seed)
        before = join(account, own, "j", 0, visit)
        after = with_signal(account) if "gpc" in before.up else account
        if "advertising" in before.up:
            given = Answer({"advertising": False}, own.day, "", after.version, 0, "f" * 32)
            after = record_answer(after, given, visit.resolved).account
        joined = join(after, own, "j", 0, visit)
        assert joined.up == [], seed
        here = set(runs(visit.resolved, joined.gpc, joined.choice).allowed_tags)
        told = bool(joined.choice and joined.choice.told)
        for gpc, alone in ((visit.gpc, own), (joined.gpc, project(after, visit))):
            assert not here & refused_by(runs(visit.resolved, gpc, alone), gpc_told=told), seed


@pytest.mark.slow
def test_simultaneous_answers_end_alike_in_every_order():
    for seed in range(1200):
        random = Random(seed)
        base = some_account(random)
        over = random.choice((base.version, random.randint(0, base.version)))
        given = [
            answer(random.choice(PLACES), some_targets(random), 90 + number, over=over, confirmed=True)
            for number in range(3)
        ]
        places = random.sample(PLACES, 3)
        ends = set()
        for order in permutations(given):
            account = base
            for one, resolved in order:
                account = record_answer(account, one, resolved).account
            ends.add(str([runs(resolved_of(p), False, project(account, Visit(resolved_of(p), TODAY))) for p in places]))
        assert len(ends) == 1, seed


def test_signed_out_the_device_has_its_own_choice_back():
    for seed in range(200):
        _, own, visit, _ = some_join(seed)
        assert join(None, own, "j", 0, visit)[:4] == (own, visit.gpc, [], [])


def test_a_merge_of_accounts_lets_nothing_run_that_one_of_them_refuses():
    for seed in range(1500):
        one, _, visit, _ = some_join(seed)
        other, _, _, _ = some_join(seed + 10_000)
        both = merged(one, other)
        assert both.version > max(one.version, other.version)
        choice = project(both, visit)
        here = set(runs(visit.resolved, bool(both.gpc), choice).allowed_tags)
        refused = {
            entry.t
            for side in (one, other)
            for entry in side.entries
            if not entry.s and entry.r == visit.resolved["regime"]
        }
        assert refused <= refused_targets(choice), seed
        for side in (one, other):
            alone = runs(visit.resolved, bool(side.gpc), project(side, visit))
            assert not here & refused_by(alone, gpc_told=True), seed


def test_an_erasure_keeps_refusals_and_the_signal_without_their_receipts():
    for seed in range(300):
        account, _, _, _ = some_join(seed)
        kept = suppressed(account)
        assert all(not entry.s and not entry.id and not entry.x for entry in kept.entries)
        assert {entry.t for entry in kept.entries} == {entry.t for entry in account.entries if not entry.s}
        assert kept.gpc == account.gpc


def test_the_oldest_vendor_grants_give_way_where_a_document_is_full_and_no_refusal_does():
    resolved = resolved_of("FR")
    account = EMPTY
    for number in range(210):
        given = Answer({f"v:vendor{number}": number % 2 == 0}, TODAY, "", account.version, 0, f"{number:032x}")
        account = record_answer(account, given, resolved).account
    assert len(account.entries) == 200
    assert sum(not entry.s for entry in account.entries) == 105
    assert "v:vendor0" not in {entry.t for entry in account.entries}
    assert parse_choice(text_of(project(account, Visit(resolved, TODAY)))) is not None


def test_a_vendor_counts_to_the_groups_of_its_tags_and_an_unknown_one_to_all():
    vendors = Vendors(resolved_of("US-CA"))
    assert vendors.groups_of("v:replay") == {"analytics", "advertising"}
    assert vendors.groups_of("v:nobody") == set(OPTIONAL)
    assert vendors.groups_of("analytics") == set()
