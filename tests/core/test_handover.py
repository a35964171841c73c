"""What a carried choice is worth on another domain: a matrix of answers, and properties over random ones."""

from random import Random

import pytest

from consent.core.account_join import Visit, join_carried
from consent.core.choice import Choice
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.purposes import key_entry
from consent.core.sharing.handover import carried_part, grants, received_choice, without_grants
from tests.golden import make_tag
from tests.golden.random_visits import DAY, some_config, some_visit

YES, NO, OPEN = True, False, None


def choice(answer, day=DAY - 10, regime="eu_opt_in", told=0, **vendors):
    keys = dict.fromkeys(OPTIONAL, "aaaaaaaa")
    return Choice(day, regime, dict.fromkeys(OPTIONAL, answer), keys, vendors, told, "")


RESOLVED = {
    "regime": "eu_opt_in",
    "life": 6,
    "scope": "group",
    "tags": [],
    "groups": {group: {"keys": ["aaaaaaaa"]} for group in OPTIONAL},
}


@pytest.mark.parametrize(
    ("own", "carried", "answer", "day"),
    [
        (None, choice(NO), NO, DAY - 10),
        (None, choice(YES), YES, DAY - 10),
        (choice(OPEN), choice(YES), YES, DAY - 10),
        (choice(NO), choice(YES), NO, DAY - 10),
        (choice(YES), choice(NO), NO, DAY - 10),
        (choice(YES, DAY - 3), choice(YES), YES, DAY - 10),  # no grant is extended
        (choice(NO, DAY - 3), choice(NO), NO, DAY - 3),
        (choice(YES, DAY - 3), choice(YES, DAY - 300), YES, DAY - 3),  # an expired choice doesn't end a fresh one
        (choice(YES, regime="us_ca"), choice(YES), YES, DAY - 10),  # with the carried choice's date only
        (choice(NO, regime="us_ca"), choice(YES), NO, DAY - 10),
    ],
)
def test_the_stricter_answer_wins_and_a_grant_fills_what_is_undecided(own, carried, answer, day):
    joined = join_carried(carried, own, Visit(RESOLVED, DAY))
    assert (set(joined.groups.values()), joined.day) == ({answer}, day)


def test_a_vendor_refused_here_stays_refused_beside_a_group_that_came():
    joined = join_carried(choice(YES), choice(OPEN, ads=False), Visit(RESOLVED, DAY))
    assert (joined.vendors, joined.groups["analytics"]) == ({"ads": False}, True)
    resolved = RESOLVED | {"tags": [{"vendor": "ads", "group": "advertising", "flagged": True}]}
    joined = join_carried(choice(OPEN, ads=True), choice(NO), Visit(resolved, DAY))
    assert joined.vendors == {}


def test_nothing_goes_along_where_nothing_was_said_and_a_refusal_has_no_day_key_or_letters():
    assert carried_part(None, with_grants=True) is None
    assert carried_part(choice(OPEN), with_grants=True) is None
    assert carried_part(choice(YES), with_grants=False) is None
    assert carried_part(choice(YES), with_grants=True) == choice(YES)
    gone = carried_part(choice(NO, told=1, ads=True), with_grants=False)
    assert (gone.day, gone.told, set(gone.keys.values()), gone.vendors) == (0, 0, {"00000000"}, {})
    assert carried_part(choice(YES, day=0), with_grants=True) is None


def config(*tags):
    made = [make_tag(**tag) for tag in tags]
    keys = {group: [key_entry(made, [], group)] for group in OPTIONAL}
    return {"tags": made, "cookies": [], "vendors": [{"id": tag["id"]} for tag in tags], "purpose_keys": keys}


STATS, CHAT = (
    {"id": "stats", "group": "analytics", "purposes": ["visitor_statistics"]},
    {"id": "chat", "group": "functional"},
)


@pytest.mark.parametrize(
    ("here", "there", "granted"),
    [
        (config(STATS), config(STATS), True),
        (config(STATS), config(STATS | {"purposes": ["visitor_statistics", "session_replay"]}), True),
        (config(STATS | {"purposes": ["session_replay"]}), config(STATS), None),
        (config(STATS | {"id": "other"}), config(STATS), None),
        (config(), config(STATS), True),
        (config(STATS), config(), None),
    ],
)
def test_a_grant_counts_where_all_that_is_here_was_named_there(here, there, granted):
    key = there["purpose_keys"]["analytics"][0]["key"][:8]
    given = choice(YES, stats=True)
    given = received_choice(
        Choice(given.day, given.regime, given.groups, given.keys | {"analytics": key}, given.vendors), here, there, DAY
    )
    assert given.groups["analytics"] is granted
    assert given.groups["functional"] is None  # answered under an unknown text
    if granted:
        assert given.keys["analytics"] == here["purpose_keys"]["analytics"][0]["key"][:8]


@pytest.mark.slow
def test_a_carried_choice_never_lets_run_what_either_side_refuses_or_neither_lets_run():
    random, seen = Random(7), 0
    configs = [some_config(random) for _ in range(20)]
    for _ in range(3000):
        visit = some_visit(random, random.choice(configs))
        resolved, day, signals = visit["resolved"], visit["day"], Signals(**visit["signals"])
        sides = [some_choice(random, resolved, day) for _ in range(2)]
        joined = join_carried(*sides, Visit(resolved, day, signals.gpc, signals.age_band, signals.age))
        runs, *alone = (_running(resolved, day, signals, one, visit["path"]) for one in (joined, *sides))
        refused = [_refused(resolved, day, signals, one, visit["path"]) for one in sides]
        assert not runs & (refused[0] | refused[1])
        assert runs <= alone[0] | alone[1]
        again = join_carried(sides[0], joined, Visit(resolved, day))
        assert _running(resolved, day, signals, again, visit["path"]) == runs
        assert joined is None or not grants(without_grants(joined))
        seen += bool(runs)
    assert seen > 300


def some_choice(random, resolved, day):
    keys = {group: random.choice(resolved["groups"][group]["keys"]) for group in OPTIONAL}
    groups = {group: random.choice((True, False, None)) for group in OPTIONAL}
    vendors = {tag["vendor"]: random.random() < 0.5 for tag in resolved["tags"] if random.random() < 0.2}
    regime = random.choice((resolved["regime"], "eu_opt_in"))
    return Choice(day - random.choice((0, 10, 200, 800)), regime, groups, keys, vendors, random.choice((0, 0, 1)), "")


def _running(resolved, day, signals, one, path):
    return {tag["id"] for tag in decide(resolved, day, signals, one, path).tags if tag["mode"] == "full"}


def _refused(resolved, day, signals, one, path):
    refusals = ("refused", "vendor_refused")
    return {tag["id"] for tag in decide(resolved, day, signals, one, path).tags if tag["reason"] in refusals}
