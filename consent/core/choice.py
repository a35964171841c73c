"""Format and parse the consent cookie: `v1.<day>.<regime>.<told>.<f><a><d>.<vendor exceptions>`; no unique id.

The regime may be followed by `+` and letters: `f`, `a`, `d` for a group that was under opt_in when the choice was made
although not every place of that regime requires it, `x` if tags with an exemption were under a relaxed rule. `told` is
the sum of 1 (GPC) and 2 (DNT) for the signals that the visitor was informed of before choosing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from consent.core.groups import OPTIONAL
from consent.core.tcf.choice import TcfChoice, parse_tcf

MAX_LENGTH = 1024
GPC, DNT = 1, 2
_FORM = re.compile(
    r"v1\.(\d{1,6})\.([a-z_]{1,40})(?:\+([fadx]{1,4}))?\.([0-3])\.([01-][0-9a-f]{8})([01-][0-9a-f]{8})([01-][0-9a-f]{8})\.([a-z0-9:~-]*)",
    re.ASCII,
)
_EXCEPTION = re.compile(r"([a-z0-9][a-z0-9-]{0,63}):([01])")


class ChoiceTooLongError(ValueError):
    """A choice that names more vendors than a cookie can hold."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A visitor's choice: True, False or None for each optional group, the group's purpose key, and answers by vendor.

    `tcf` is the content of the second cookie on a site with TCF (`consent.core.tcf.choice`).
    """

    day: int
    regime: str
    groups: dict[str, bool | None]
    keys: dict[str, str]
    vendors: dict[str, bool] = field(default_factory=dict)
    told: int = 0
    letters: str = ""
    tcf: TcfChoice | None = None


def parse_choice(text: str | None, tcf: str | None = None) -> Choice | None:
    """Return the choice in the cookie value `text`, or None if it doesn't match the format exactly.

    `tcf` is the value of the second cookie, which counts only alongside the first.
    """
    choice = _parse(text)
    return replace(choice, tcf=parse_tcf(tcf)) if choice and tcf else choice


def _parse(text: str | None) -> Choice | None:
    if not text or len(text) > MAX_LENGTH:
        return None
    match = _FORM.fullmatch(text)
    if not match:
        return None
    day, regime, letters, told, *states, exceptions = match.groups()
    vendors: dict[str, bool] = {}
    for part in exceptions.split("~") if exceptions else []:
        exception = _EXCEPTION.fullmatch(part)
        if not exception or exception[1] in vendors:
            return None
        vendors[exception[1]] = exception[2] == "1"
    values = {"1": True, "0": False, "-": None}
    return Choice(
        int(day),
        regime,
        {group: values[state[0]] for group, state in zip(OPTIONAL, states, strict=True)},
        {group: state[1:] for group, state in zip(OPTIONAL, states, strict=True)},
        vendors,
        int(told),
        letters or "",
    )


def format_choice(choice: Choice) -> str:
    """Return the cookie value of `choice`.

    Raises ChoiceTooLongError if it would be longer than 1 kB.
    """
    marks = {True: "1", False: "0", None: "-"}
    states = "".join(marks[choice.groups[group]] + choice.keys[group] for group in OPTIONAL)
    exceptions = "~".join(f"{vendor}:{int(granted)}" for vendor, granted in sorted(choice.vendors.items()))
    regime = choice.regime + (f"+{choice.letters}" if choice.letters else "")
    text = f"v1.{choice.day}.{regime}.{choice.told}.{states}.{exceptions}"
    if len(text) > MAX_LENGTH:
        raise ChoiceTooLongError("the choice names too many vendors for a cookie of 1 kB")
    return text


def newest_choice_text(texts: Iterable[str]) -> str | None:
    """Return the consent cookie that counts among several: the newest, or for the same day the one with fewest grants.

    A browser sends several if one belongs to the host and another to its domain. If none can be parsed, return the
    first.
    """
    first: str | None = None
    newest: tuple[int, int] | None = None
    for text in texts:
        choice = parse_choice(text)
        rank = (choice.day, -_count_grants(choice)) if choice else None
        if first is None or (rank is not None and (newest is None or rank > newest)):
            first, newest = text, rank
    return first


def _count_grants(choice: Choice) -> int:
    return [*choice.groups.values(), *choice.vendors.values()].count(True)
