"""A draft or a live config as one visitor would meet it, before anybody does: nothing is published, sent or written."""

from functools import lru_cache
from typing import Any, NamedTuple

from consent.core.ages import letters_of
from consent.core.choice import DNT, GPC, Choice, format_choice, parse_choice
from consent.core.decide import Decision, Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.rules import Place, Rules
from consent.proof.canonical import canonical, sha256_name
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.script_facts import Showing


class Met(NamedTuple):
    """What a visitor meets: the banner's facts, the value of the cookie that they come with, and the decision."""

    showing: Showing
    cookie: str
    decision: Decision


def config_of(document: dict[str, Any], site_id: int, rules: Rules) -> CompiledConfig:
    """Return the config `document` compiled; a draft comes here frozen (`publish.freeze`), kept for the next look."""
    body = canonical(document)
    return compiled(sha256_name(body), body, site_id, rules)


@lru_cache(16)
def compiled(name: str, body: bytes, site_id: int, rules: Rules) -> CompiledConfig:
    """Return the config `name`, kept for the next look."""
    return CompiledConfig(name, body, site_id, rules)


def meet(
    config: CompiledConfig, place: Place, signals: Signals, language: str, day: int, cookie: str, path: str
) -> Met:
    """Return what a visitor meets who comes on `day` to the page `path` with `cookie`, empty for none."""
    showing = Showing(config, place, signals, language, day, config.rules.version)
    return Met(showing, cookie, decide(showing.resolved, day, signals, parse_choice(cookie), path))


def cookie_of(config: CompiledConfig, place: Place, signals: Signals, day: int, granted: frozenset[str]) -> str:
    """Return the cookie of somebody who granted these groups on `day` under `config`, told of the signals of then."""
    resolved = config.resolved(place.country, place.subdivision, day)
    choice = Choice(
        day=day,
        regime=resolved["regime"],
        groups={group: group in granted for group in OPTIONAL},
        keys={group: resolved["groups"][group]["keys"][0] for group in OPTIONAL},
        told=GPC * signals.gpc | DNT * signals.dnt,
        letters=letters_of(resolved, signals.age_band),
    )
    return format_choice(choice)
