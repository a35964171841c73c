"""Simulate one visitor's decision under a draft or the live config; nothing is published, sent or written."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from consent.core.age_rules import letters_of
from consent.core.choice import DNT, GPC, Choice, format_choice, parse_choice
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.config import Config
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.rules import Place, Rules
from consent.core.tcf.choice import derived, format_tcf
from consent.presentation.languages import SOURCE
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing
from consent.signing.canonical_json import canonical, sha256_name


class SimulatedVisit(NamedTuple):
    """What a visitor gets: the banner's facts, the value of the visitor's cookie, and the decision.

    Where TCF applies, the cookie is followed by a space and the value of the second cookie.
    """

    showing: Showing
    cookie: str
    decision: Decision


def config_of(document: Config, site_id: int, rules: Rules) -> CompiledConfig:
    """Return the config `document` compiled and cached; pass a draft frozen (`publish.freeze`)."""
    body = canonical(document)
    return compiled(sha256_name(body), body, site_id, rules)


@lru_cache(16)
def compiled(name: str, body: bytes, site_id: int, rules: Rules) -> CompiledConfig:
    """Return the compiled config `name`, cached."""
    return CompiledConfig(name, body, site_id, rules)


def simulate_visit(
    config: CompiledConfig, place: Place, signals: Signals, language: str, day: int, cookie: str, path: str
) -> SimulatedVisit:
    """Return what a visitor gets on `day` on the page `path` with `cookie`, which is empty for none.

    After a space, `cookie` may have the value of the second cookie (TCF); without it, the groups decide what is chosen
    there.
    """
    showing = Showing(config, place, signals, language, day, config.rules.version)
    first, _, second = cookie.partition(" ")
    choice = parse_choice(first, second)
    if choice and not choice.tcf:
        choice = with_tcf(showing.resolved, choice)
    both = f"{first} {format_tcf(choice.tcf) or ''}".rstrip() if choice and choice.tcf else first
    return SimulatedVisit(showing, both, decide(showing.resolved, day, signals, choice, path))


def with_tcf(resolved: Resolved, choice: Choice | None) -> Choice | None:
    """Return `choice` with the purposes and vendors that its groups stand for, where TCF applies."""
    if choice is None or "tcf" not in resolved:
        return choice
    action = "accept_all" if all(choice.groups.values()) else "save"
    tcf = derived(resolved["tcf"], action, choice.groups, day=choice.day, screen=1, language=SOURCE)
    return replace(choice, tcf=tcf)


def cookie_of(config: CompiledConfig, place: Place, signals: Signals, day: int, granted: frozenset[str]) -> str:
    """Return the cookie of a visitor who granted these groups on `day` under `config`, with the signals at that time."""
    resolved = config.resolved(place.country, place.subdivision, day)
    choice = Choice(
        day=day,
        regime=resolved["regime"],
        groups={group: group in granted for group in OPTIONAL},
        keys={group: resolved["groups"][group]["keys"][0] for group in OPTIONAL},
        told=GPC * signals.gpc | DNT * signals.dnt,
        letters=letters_of(resolved, signals.age_band, signals.age),
    )
    return format_choice(choice)
