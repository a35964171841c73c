"""Precomputed decisions for the small script core, used if no tag may run before the visitor's choice.

They apply before any choice, and right after each of the two answers of the first layer, as long as no signal comes
only from the page and the config doesn't treat the page differently from others.
"""

from collections.abc import Collection
from dataclasses import replace

from consent.core.age_rules import letters_of
from consent.core.choice import DNT, GPC, Choice
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.resolved import ChoiceFacts, Resolved
from consent.core.documents.script_payload import Ahead, AheadAnswer
from consent.core.groups import ESSENTIAL, OPTIONAL
from consent.core.tcf.choice import derived

SITUATIONS: dict[str, bool | None] = {"ask": None, "accept_all": True, "reject_all": False}
"""The answer so far: none, or the same one for every group."""
ELSEWHERE = ""
"""A path that matches no page pattern, unless it matches them all."""
NO_KEY = "0" * 8


def precompute_decisions(resolved: Resolved, day: int, signals: Signals, asked: Collection[str] = OPTIONAL) -> Ahead:
    """Return the precomputed decisions: the names once, and the mode and reason of each name per situation.

    `asked` are the groups that the site asks about: accepting all grants only these, but rejecting all refuses every
    group.
    """
    decisions = {name: decide(resolved, day, signals, None, ELSEWHERE) for name in ("ask",)}
    is_locked = {group: found["reason"] == "minor" for group, found in decisions["ask"].groups.items()}
    for name, granted in SITUATIONS.items():
        if granted is not None:
            answers = {
                group: None if granted and (is_locked[group] or group not in asked) else granted for group in OPTIONAL
            }
            choice = _choice(resolved, day, signals, answers)
            if "tcf" in resolved:
                tcf = derived(resolved["tcf"], name, answers, day=day, screen=1, language="en")
                choice = replace(choice, tcf=tcf)
            decisions[name] = decide(resolved, day, signals, choice, ELSEWHERE)
    first = decisions["ask"]
    return {
        "rule": resolved["rule"],
        "links": first.links,
        "named": [
            *(ESSENTIAL, *OPTIONAL),
            *(f"{tag['id']} {tag['vendor']} {tag['group']}" for tag in first.tags),
        ],
        "pages": page_parts(resolved),
        "ask": _answer(first),
        "accept_all": _answer(decisions["accept_all"]),
        "reject_all": _answer(decisions["reject_all"]),
    }


def _answer(decision: Decision) -> AheadAnswer:
    groups = (decision.groups[name] for name in (ESSENTIAL, *OPTIONAL))
    return {
        "show": decision.show,
        "status": decision.status,
        "expires": decision.expires,
        "answers": [
            *(f"{'full' if group['granted'] else 'held'} {group['reason']}" for group in groups),
            *(f"{tag['mode']} {tag['reason']}" for tag in decision.tags),
        ],
    }


def choice_facts(resolved: Resolved, letters: str) -> ChoiceFacts:
    """Return what the script needs of `resolved` to write a choice; `letters` are the visitor's."""
    return {
        "regime": resolved["regime"],
        "letters": letters,
        "gpc": resolved["gpc"],
        "dnt": resolved["dnt"],
        "keys": newest_keys(resolved),
    }


def newest_keys(resolved: Resolved) -> dict[str, str]:
    """Return the current purpose key of each group, under which choices are written."""
    return {group: (resolved["groups"][group]["keys"] or [NO_KEY])[0] for group in OPTIONAL}


def page_parts(resolved: Resolved) -> list[str]:
    """Return words such that every path matching a page pattern contains one: each pattern's longest literal part."""
    sensitive = resolved["sensitive"] if isinstance(resolved["sensitive"], list) else []
    asks = resolved["asks"]["except"] if "asks" in resolved else []
    patterns = {*sensitive, *asks, *(path for tag in resolved["tags"] for path in (*tag["only"], *tag["except"]))}
    words = {max(pattern.split("*"), key=len) for pattern in patterns}
    return sorted(word for word in words if not any(other in word for other in words if other != word))


def _choice(resolved: Resolved, day: int, signals: Signals, answers: dict[str, bool | None]) -> Choice:
    newest = newest_keys(resolved)
    keys = {group: NO_KEY if answer is None else newest[group] for group, answer in answers.items()}
    # The first layer informs about each signal that has an effect.
    acting = GPC * (signals.gpc and resolved["gpc"]) | DNT * (signals.dnt and resolved["dnt"])
    return Choice(
        day, resolved["regime"], answers, keys, {}, acting, letters_of(resolved, signals.age_band, signals.age)
    )
