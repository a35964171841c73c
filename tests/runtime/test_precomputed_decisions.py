"""Decisions computed ahead of a visit are those that would be made during it."""

from hypothesis import given
from hypothesis import strategies as st

from consent.core.age_rules import letters_of
from consent.core.choice import parse_choice
from consent.core.decide import decide
from consent.core.groups import OPTIONAL
from consent.core.paths import any_matches
from consent.core.resolve import resolve
from consent.runtime.precomputed_decisions import page_parts, precompute_decisions
from tests.core.strategies import DAY, RULES, all_signals, configs, places

paths = st.sampled_from(["/", "/shop/a", "/checkout", "/health/a", "/payment", "/de/checkout/2", "/healthy"])
patterns = st.lists(st.text("/ab*", min_size=1, max_size=6), max_size=3)


def spread(made, situation):
    """Return the decision that the script derives from precomputed facts, as banner/decision/precomputed.js does."""
    found, groups, tags = made[situation], {}, []
    for named, answer in zip(made["named"], found["answers"], strict=True):
        name, *rest = named.split(" ")
        mode, reason = answer.split(" ")
        if rest:
            facts = {"id": name, "vendor": rest[0], "group": rest[1]}
            tags.append(facts | {"mode": mode, "reason": reason, "rule": made["rule"]})
        else:
            rule = {} if name == "essential" else {"rule": made["rule"]}
            groups[name] = {"granted": mode == "full", "reason": reason, **rule}
    return [found["show"], found["status"], made["links"], found["expires"], groups, tags]


def cookie_of(resolved, situation, signals, groups):
    """Return what the script writes for an answer on the first layer; a grant leaves open what the age bars."""
    told = (1 if signals.gpc and resolved["gpc"] else 0) + (2 if signals.dnt and resolved["dnt"] else 0)
    mark = "1" if situation == "accept_all" else "0"
    states = [
        "-00000000"
        if mark == "1" and groups[group]["reason"] == "minor"
        else mark + resolved["groups"][group]["keys"][0]
        for group in OPTIONAL
    ]
    letters = letters_of(resolved, signals.age_band)
    regime = resolved["regime"] + ("+" + letters if letters else "")
    return f"v1.{DAY}.{regime}.{told}.{''.join(states)}."


@given(configs(), places, all_signals, paths)
def test_they_hold_on_every_page_that_has_none_of_the_words(config, place, signals, path):
    resolved = resolve(config, RULES, place, DAY)
    made = precompute_decisions(resolved, DAY, signals)
    if any(word in path for word in made["pages"]):
        return
    first = decide(resolved, DAY, signals, None, path)
    for situation in ("ask", "accept_all", "reject_all"):
        text = None if situation == "ask" else cookie_of(resolved, situation, signals, first.groups)
        now = decide(resolved, DAY, signals, parse_choice(text), path)
        expected = [now.show, now.status, now.links, now.expires, now.groups, now.tags]
        assert spread(made, situation) == expected


@given(patterns, patterns, patterns, st.text("/abc", max_size=12))
def test_a_page_that_a_pattern_fits_has_one_of_the_words(sensitive, only, excepted, path):
    resolved = {"sensitive": sensitive, "tags": [{"only": only, "except": excepted}]}
    if any_matches([*sensitive, *only, *excepted], path):
        assert any(word in path for word in page_parts(resolved))
