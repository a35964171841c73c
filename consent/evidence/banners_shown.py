"""The banner of each regime, and the tags that may run before a choice, for one place per regime."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from consent.core.days import day_of
from consent.core.decide import Signals, decide
from consent.core.documents.decision import TagAnswer
from consent.core.rules import Place, Rules
from consent.runtime.banner_frame import frame
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing
from consent.storage.database.base import Transaction

SHOW_WORDS = {
    "ask": "The banner asks before anything that needs consent may run.",
    "notice": "A notice tells what runs and how to refuse it.",
    "none": "Nothing is shown by itself; the link to the choices is always there.",
}
HEAD = "<title>Banner</title></head><body>"


@dataclass(frozen=True, slots=True)
class Case:
    """A regime on a given day: an example place, all its places, and what its visitors got on their first page."""

    regime: str
    place: Place
    places: list[str]
    show: str
    tags: list[TagAnswer]


def cases(config: CompiledConfig, rules: Rules, day: datetime.date) -> list[Case]:
    """Return the regimes of all places, with unknown places considered last."""
    by_regime: dict[str, list[Place]] = {}
    for place in (*_places(rules), Place()):
        resolved = config.resolved(place.country, place.subdivision, day_of(day))
        by_regime.setdefault(resolved["regime"], []).append(place)
    return [_case(config, regime, places, day) for regime, places in by_regime.items()]


def _places(rules: Rules) -> Iterator[Place]:
    for code in sorted(rules.codes):
        country, _, subdivision = code.partition("-")
        if code not in ("ZZ", "EU"):
            yield Place(country, subdivision or None)


def _case(config: CompiledConfig, regime: str, places: list[Place], day: datetime.date) -> Case:
    first = places[0]
    resolved = config.resolved(first.country, first.subdivision, day_of(day))
    decision = decide(resolved, day_of(day), Signals(), None, "/")
    return Case(regime, first, [place.code or "unknown" for place in places], decision.show, decision.tags)


def banner_page(transaction: Transaction, showing: Showing, build: bytes, time: int, case: Case) -> bytes:
    """Return the banner as a page with a line of explanation that opens offline and connects to nothing."""
    drawn = frame(transaction, showing, build, time, layer=1)
    directives = [part for part in drawn.policy.split("; ") if not part.startswith(("sandbox", "frame-ancestors"))]
    policy = escape("; ".join(directives))
    what = f"{showing.config.site}, version {showing.config.document['version']}, {showing.language}, {case.regime}"
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{escape(what)}</title></head><body>'
    return drawn.page.replace(HEAD, f"{head}<h1>{escape(what)}</h1><p>{SHOW_WORDS[case.show]}</p>", 1).encode()
