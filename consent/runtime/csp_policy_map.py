"""Content-Security-Policy map of one place for web servers: one policy per consent cookie pattern."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from consent.core.choice import GPC, Choice
from consent.core.decide import Signals, decide
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.resolve import on_any_page
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.csp_sources import may_load, tag_sources

Answers = tuple[bool | None, ...]
ALL_ANSWERS: list[Answers] = list(product((True, False, None), repeat=len(OPTIONAL)))
VISITORS = ((False, 0, "", "[0-3]"), (True, 0, "1", "[02]"), (True, GPC, "1", "[13]"))
"""Whether GPC is sent, the signals that the visitor was informed about, and the patterns that match both."""
ANY_KEY = "[0-9a-f]+"


class Case(NamedTuple):
    """The sources allowed if `Sec-GPC`, a colon and the Cookie header match `pattern`, which works in PCRE and RE2."""

    pattern: str
    sources: list[str]


def policy_cases(config: CompiledConfig, place: Place, time: float) -> list[Case]:
    """Return the cases in order; the last one, with an empty pattern, is for everybody else.

    A cookie that matches no other case, such as one that names single vendors or was written under other rules or an
    older purpose key, allows the essential sources. `time` is in unix seconds.
    """
    essential = _sources(config, place, time, gpc=False, choice=_refusal(config, place, time))
    chosen = [
        case
        for visitor in VISITORS
        for case in _cases_by_choice(config, place, time, visitor)
        if case.sources != essential
    ]
    chosen.append(Case(f"consent_{config.site}=", essential))
    with_gpc, without = (_sources(config, place, time, gpc=gpc, choice=None) for gpc in (True, False))
    return [*chosen, *([Case("^1:", with_gpc)] if with_gpc != without else []), Case("", without)]


def _cases_by_choice(
    config: CompiledConfig, place: Place, time: float, visitor: tuple[bool, int, str, str]
) -> Iterator[Case]:
    """Yield the case of each answer; where leaving a group open has the effect of refusing it, one case covers both."""
    gpc, informed, sent, informed_pattern = visitor
    resolved = config.resolved_at(place.country, place.subdivision, time)
    sources = {
        answers: _sources(config, place, time, gpc=gpc, choice=_choice(resolved, informed, answers))
        for answers in ALL_ANSWERS
    }
    marks = []
    for index, group in enumerate(OPTIONAL):
        granted: dict[bool | None, str] = {True: "1" + resolved["groups"][group]["keys"][0]}
        same = all(sources[answers] == sources[_leave_open(answers, index)] for answers in sources)
        refused: dict[bool | None, str] = (
            {False: f"[0-]{ANY_KEY}"} if same else {False: f"0{ANY_KEY}", None: f"-{ANY_KEY}"}
        )
        marks.append(granted | refused)
    regime = resolved["regime"] + (rf"\+{resolved['letters']}" if resolved["letters"] else "")
    for answers in product(*marks):
        states = "".join(mark[answer] for mark, answer in zip(marks, answers, strict=True))
        cookie = rf"consent_{config.site}=v1\.[0-9]+\.{regime}\.{informed_pattern}\.{states}\."
        yield Case(rf"^{sent}:(.*; *)?{cookie}(;|$)", sources[answers])


def _leave_open(answers: Answers, index: int) -> Answers:
    return tuple(None if at == index and answer is False else answer for at, answer in enumerate(answers))


def _refusal(config: CompiledConfig, place: Place, time: float) -> Choice:
    resolved = config.resolved_at(place.country, place.subdivision, time)
    return _choice(resolved, 0, (False,) * len(OPTIONAL))


def _choice(resolved: Resolved, informed: int, answers: Answers) -> Choice:
    keys = {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL}
    groups = dict(zip(OPTIONAL, answers, strict=True))
    return Choice(resolved["day"], resolved["regime"], groups, keys, {}, informed, resolved["letters"])


def _sources(config: CompiledConfig, place: Place, time: float, *, gpc: bool, choice: Choice | None) -> list[str]:
    resolved = config.resolved_at(place.country, place.subdivision, time)
    # One policy covers all pages of the site, so sources that only some pages need are allowed on each.
    tags = decide(on_any_page(resolved), resolved["day"], Signals(gpc=gpc), choice).tags
    return tag_sources(config.document, may_load(tags))
