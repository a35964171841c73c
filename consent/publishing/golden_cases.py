"""Golden test cases: check a draft against the shipped law, for visitors of every place with a known rule.

The owner's settings may be stricter than the law; if one lets a tag run that the law blocks, the publish is refused.
"""

import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from consent.core.choice import parse_choice
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.resolved import Resolved
from consent.core.groups import ESSENTIAL, OPT_IN, OPTIONAL
from consent.core.resolve import on_any_page, resolve
from consent.core.rules import Place
from consent.core.translatable import translatable
from consent.publishing.preview import cookie_of, with_tcf
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.sites.draft import OVERRIDES
from consent.sites.draft_validation import DraftProblem

MAX_ERRORS = 3
NO_SIGNAL, GPC = Signals(), Signals(gpc=True)


def golden_errors(config: CompiledConfig) -> tuple[DraftProblem, ...]:
    """Return problems for places in which `config` would run a tag that the law blocks, or would ignore an answer."""
    return _problems_of(config, day_of_time(time.time()))


@lru_cache(8)
def _problems_of(config: CompiledConfig, day: int) -> tuple[DraftProblem, ...]:
    names = config.rules.names
    problems = (problem for code in config.rules.codes for problem in _problems_in(config, code, names[code], day))
    return tuple(islice(problems, MAX_ERRORS))


def _problems_in(config: CompiledConfig, code: str, name: str, day: int) -> Iterator[DraftProblem]:
    country, _, subdivision = code.partition("-")
    place = Place(country, subdivision or None, "token") if code != "ZZ" else Place()
    resolved = on_any_page(config.resolved(place.country, place.subdivision, day))
    for signals, granted, sentence in (
        (NO_SIGNAL, None, "A visitor in {} who has not chosen would get {}."),
        (NO_SIGNAL, frozenset[str](), "A visitor in {} who refused all would get {}."),
        (GPC, None, "A visitor in {} whose browser sends Global Privacy Control would get {}."),
    ):
        cookie = "" if granted is None else cookie_of(config, place, signals, day, granted)
        runs = _runs(resolved, decide(resolved, day, signals, with_tcf(resolved, parse_choice(cookie))))
        blocked = _blocked_by_law(config, place, day, refused=granted is not None, gpc=signals.gpc)
        for tag_id in sorted(runs & blocked.keys()):
            yield DraftProblem("tags", sentence.format(name, _name(config, tag_id)), blocked[tag_id])
    yield from _ignored_grants(config, place, name, resolved, day)


def _blocked_by_law(config: CompiledConfig, place: Place, day: int, *, refused: bool, gpc: bool) -> dict[str, str]:
    """Return the tags that the shipped rule blocks there without any owner settings, each with the rule's name."""
    document = config.document | {"overrides": OVERRIDES | {"ignore_gpc_where_silent": True}}
    law = resolve(document, config.rules, place, day)
    acts = gpc and law["gpc"]
    return {
        tag["id"]: law["rule"]
        for tag in law["tags"]
        if tag["group"] != ESSENTIAL and (refused or tag["level"] == OPT_IN or (acts and tag["flagged"]))
    }


def _ignored_grants(
    config: CompiledConfig, place: Place, name: str, resolved: Resolved, day: int
) -> Iterator[DraftProblem]:
    """Find tags that stay blocked after accepting everything, with neither an owner setting nor a law as the reason."""
    choice = parse_choice(cookie_of(config, place, NO_SIGNAL, day, frozenset(OPTIONAL)))
    decision = decide(resolved, day, NO_SIGNAL, with_tcf(resolved, choice))
    for tag in decision.tags:
        if tag["reason"] in ("not_covered", "stricter_place", "expired"):
            yield DraftProblem(
                "tags",
                translatable(f"A visitor in {name} who just accepted all would not get {_name(config, tag['id'])}."),
            )


def _runs(resolved: Resolved, decision: Decision) -> set[str]:
    return {tag["id"] for tag in decision.tags if tag["mode"] == "full" and tag["group"] != ESSENTIAL}


def _name(config: CompiledConfig, tag_id: str) -> str:
    return next(tag["name"] for tag in config.document["tags"] if tag["id"] == tag_id)
