"""An account that sites share: a matrix of what counts on which site, and properties over random histories."""

from functools import cache
from random import Random

import pytest

from consent.core.account import EMPTY, Answer, merged, record_answer, with_signal, withdrawn
from consent.core.account_join import Visit, join
from consent.core.age_rules import letters_of
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.resolve import resolve
from consent.core.rules import Place
from consent.core.sharing.account_group import (
    account_after_leaving,
    account_as_seen_from,
    as_joining_account,
    terms_of,
    with_site_changes,
)
from tests.golden import make_config, shipped_rules

TODAY = 20788
PLACES = ("FR", "US-CA", "US-CO", "GB")
GROUPS = {"chat": "functional", "stats": "analytics", "ads": "advertising"}


def site(key, *, more=(), named=True):
    """Return the config of a site with a tag in each group, and further advertising vendors."""
    tags = [{"id": vendor, "vendor": vendor, "group": group} for vendor, group in GROUPS.items()]
    tags += [{"id": vendor, "vendor": vendor, "group": "advertising"} for vendor in more]
    vendors = [{"id": tag["vendor"]} for tag in tags]
    config = make_config(tags, {"account_group": {"realm": "group:x", "named": named}})
    return config | {"site": key, "vendors": vendors}


SITES = {
    "shop": site("shop"),
    "blog": site("blog"),
    "wide": site("wide", more=["extra"]),
    "mute": site("mute", named=False),
}


@cache
def terms(key):
    return terms_of(SITES[key]) if key in SITES else None


@cache
def resolved_of(key, place):
    country, _, subdivision = place.partition("-")
    return resolve(SITES[key], shipped_rules(), Place(country, subdivision or None), TODAY)


def seen(whole, key):
    return account_as_seen_from(whole, key, terms)


def answer(whole, key, targets, number, *, place="FR", over=None, confirmed=True, told=0, day=TODAY):
    """Return the shared account after an answer on a site where version `over` was shown, by default the newest."""
    resolved, before = resolved_of(key, place), seen(whole, key)
    over = whole.version if over is None else over
    given = Answer(targets, day, letters_of(resolved, "unknown"), over, told, f"{number:032x}", confirmed)
    after = record_answer(before, given, resolved).account
    return with_site_changes(whole, before, after, key, TODAY, named=terms(key).names_others)


def runs(whole, key, place="FR", gpc=False):
    """Return the optional tags that run for a signed-in visitor on a fresh device."""
    return runs_of(seen(whole, key), key, place, gpc)


def runs_of(account, key, place, gpc=False):
    resolved = resolved_of(key, place)
    joined = join(account, None, "j", 0, Visit(resolved, TODAY, gpc))
    decision = decide(resolved, TODAY, Signals(joined.gpc), joined.choice, "/")
    return sorted(tag["id"] for tag in decision.tags if tag["mode"] == "full")


ALL, NONE = dict.fromkeys(OPTIONAL, True), dict.fromkeys(OPTIONAL, False)
MATRIX = [
    # the answers, by site; then what runs on shop, blog, wide (asks for more) and mute (its banner names nobody)
    ([("shop", ALL)], ["ads", "chat", "stats"], ["ads", "chat", "stats"], ["chat", "stats"], ["ads", "chat", "stats"]),
    ([("mute", ALL)], [], [], [], ["ads", "chat", "stats"]),
    (
        [("wide", ALL)],
        ["ads", "chat", "stats"],
        ["ads", "chat", "stats"],
        ["ads", "chat", "extra", "stats"],
        ["ads", "chat", "stats"],
    ),
    ([("shop", NONE)], [], [], [], []),
    ([("shop", ALL), ("blog", NONE)], [], [], [], []),
    ([("shop", NONE), ("blog", ALL)], [], ["ads", "chat", "stats"], [], []),
    (
        [("shop", ALL), ("blog", {"advertising": False})],
        ["chat", "stats"],
        ["chat", "stats"],
        ["chat", "stats"],
        ["chat", "stats"],
    ),
    ([("shop", {"v:ads": True})], ["ads"], [], [], []),
    (
        [("shop", ALL), ("blog", {"v:ads": False})],
        ["chat", "stats"],
        ["chat", "stats"],
        ["chat", "stats"],
        ["chat", "stats"],
    ),
]


@pytest.mark.parametrize(("history", "shop", "blog", "wide", "mute"), MATRIX, ids=[str(row[0]) for row in MATRIX])
def test_a_refusal_counts_on_all_sites_and_a_grant_where_it_was_given_and_covered(history, shop, blog, wide, mute):
    whole = EMPTY
    for number, (key, targets) in enumerate(history, 1):
        whole = answer(whole, key, targets, number)
    assert [runs(whole, key) for key in ("shop", "blog", "wide", "mute")] == [shop, blog, wide, mute]


def test_a_grant_that_did_not_see_the_refusal_of_another_site_counts_nowhere():
    first = answer(EMPTY, "shop", ALL, 1)
    refused = answer(first, "blog", NONE, 2)
    late = answer(refused, "shop", ALL, 3, over=first.version)
    assert [runs(late, key) for key in ("shop", "blog")] == [[], []]
    other_order = answer(answer(first, "shop", ALL, 3, over=first.version), "blog", NONE, 2, over=first.version)
    assert [runs(other_order, key) for key in ("shop", "blog")] == [[], []]


def test_a_signal_on_one_site_acts_on_all_and_is_overridden_only_where_the_visitor_saw_it():
    whole = with_signal(EMPTY)
    assert "ads" not in runs(whole, "blog", "US-CA")
    granted = answer(whole, "shop", ALL, 1, place="US-CA", told=1)
    assert "ads" in runs(granted, "shop", "US-CA")
    assert "ads" not in runs(granted, "blog", "US-CA")


def test_withdrawing_takes_back_what_was_granted_on_every_site():
    whole = answer(answer(EMPTY, "shop", ALL, 1), "mute", ALL, 2)
    back = withdrawn(whole, TODAY, "f" * 32)
    assert [runs(back, key) for key in SITES] == [[], [], [], []]
    assert len({(entry.t, entry.r) for entry in back.entries}) == len(back.entries)


def test_an_account_that_joins_brings_its_refusals_to_all_and_its_grants_to_nobody_else():
    given = Answer({"analytics": True, "advertising": False}, TODAY, "", 0, 0, "1" * 32)
    own = as_joining_account(record_answer(EMPTY, given, resolved_of("shop", "FR")).account, "shop")
    theirs = answer(EMPTY, "blog", ALL, 2)
    whole = merged(theirs, own)
    assert runs(whole, "shop") == ["chat", "stats"]
    assert runs(whole, "blog") == ["chat", "stats"]
    assert (runs(own, "shop"), runs(own, "blog")) == (["stats"], [])


def test_a_site_that_leaves_takes_refusals_of_until_then_and_no_grant():
    whole = answer(answer(EMPTY, "shop", ALL, 1), "blog", {"advertising": False}, 2, day=TODAY - 3)
    whole = answer(whole, "shop", {"analytics": False}, 3)
    left = account_after_leaving(whole, TODAY - 1)
    assert {entry.t for entry in left.entries} == {"advertising"}
    assert not any(entry.s or entry.id or entry.x for entry in left.entries)


def test_an_account_of_one_site_is_stored_as_ever():
    resolved = resolved_of("shop", "FR")
    alone = record_answer(EMPTY, Answer(ALL, TODAY, "", 0, 0, "1" * 32), resolved).account
    assert all(set(entry) == set("trlsdkgvox") | {"id"} for entry in alone.to_json()["entries"])
    shared = answer(EMPTY, "shop", ALL, 1)
    assert {entry["f"] for entry in shared.to_json()["entries"]} == {"shop"}


def test_whatever_was_refused_runs_on_no_other_site_and_no_answer_elsewhere_widens_anything():
    random = Random(20261201)
    for _ in range(300):
        whole = EMPTY
        for number in range(1, random.randint(3, 6)):
            key, place = random.choice(list(SITES)), random.choice(PLACES)
            targets = {name: random.random() < 0.6 for name in random.sample([*OPTIONAL, "v:ads", "v:extra"], 2)}
            over = whole.version if random.random() < 0.7 else max(whole.version - 2, 0)
            before = whole
            whole = answer(whole, key, targets, number, place=place, over=over, confirmed=random.random() < 0.5)
            stopped = {tag for name, granted in targets.items() if not granted for tag in tags_of(name)}
            for other in SITES.keys() - {key}:
                assert not stopped & set(runs(whole, other, random.choice(PLACES)))
                assert keeps_refusals(before, whole, other)


def tags_of(target):
    """Return the tags that refusing the target stops."""
    if target.startswith("v:"):
        return {target.removeprefix("v:")}
    return {tag for tag, group in {**GROUPS, "extra": "advertising"}.items() if group == target}


def seen_grants(whole, key):
    return {entry.t for entry in seen(whole, key).entries if entry.s}


def keeps_refusals(before, whole, key):
    """Return whether no answer elsewhere removed this site's refusals or granted a single vendor."""
    refused = {(entry.t, entry.r) for entry in seen(before, key).entries if not entry.s}
    still = {(entry.t, entry.r) for entry in seen(whole, key).entries if not entry.s}
    vendors = {t for t in seen_grants(whole, key) - seen_grants(before, key) if t.startswith("v:")}
    return refused <= still and not vendors


def test_answers_on_two_sites_at_the_same_moment_end_alike_in_every_order():
    random = Random(7)
    for _ in range(300):
        start = answer(EMPTY, random.choice(["shop", "blog"]), {random.choice(OPTIONAL): random.random() < 0.5}, 9)
        pair = [
            (key, {random.choice(OPTIONAL): random.random() < 0.5}, number)
            for key, number in (("shop", 1), ("blog", 2))
        ]
        ends = []
        for order in (pair, pair[::-1]):
            whole = start
            for key, targets, number in order:
                whole = answer(whole, key, targets, number, over=start.version)
            ends.append([runs(whole, key) for key in SITES])
        assert ends[0] == ends[1], (start, pair)
