"""The checks of the list that an audit did not make, each with the reason: what was not looked at is never called good."""

from collections.abc import Collection, Iterable, Iterator

from consent.scan.leaks import Finding

OWN = "it needs a site with this service's banner, named by --site"
BANNER = "no banner that asks was found"
ONE_ANSWER = "the first layer has no second answer to hold beside the first"
STATE = "the visit that it needs was not made, or came to nothing"
REGION = "it holds in California: name US-CA in --regions"
OPT_OUT = "it holds where tags run until they are refused: name a state of the US in --regions"
REASONS = {
    **dict.fromkeys((1, 4, 9, 11, 12, 13, 18, 19, 23, 24, 27), STATE),
    2: "something ran before that already, or no page was left alone (--idle)",
    **dict.fromkeys((3, 5, 6, 7, 8, 14, 17, 22, 34), BANNER),
    10: "neither a TC string nor the second layer after a refusal could be read",
    15: "neither a second layer nor a policy page could be read",
    16: "no tag of the essential group has an address, as far as is known here",
    20: f"it takes a choice that can be read and changed in the browser, so {OWN}",
    21: "the banner or the page does not name its language",
    **dict.fromkeys((25, 26), REGION),
    **dict.fromkeys((28, 29), OPT_OUT),
    30: f"a site tells an age in a way of its own, so {OWN}",
    31: "no script of this service and no /.well-known/gpc.json was met",
    32: "no call of consent mode was heard",
    33: f"nothing can be seen of another service's log, so {OWN}",
    35: f"only a banner that is known can be kept away, so {OWN}",
    36: OWN,
    37: "no page was seen without a grant",
    38: f"a browser stands in one place, so {OWN}",
}
"""By number of a check, why it may not have been made."""
OF_BOTH = dict.fromkeys((5, 6, 7, 22), ONE_ANSWER)
"""The reasons where a banner was found: what holds one answer against the other."""
STATES = {
    **{4: ("reject", "accept"), 9: ("close",), 10: ("reject",), 11: ("reject",), 13: ("accept", "withdraw")},
    **{18: ("reject",), 19: ("accept",), 23: ("reject",), 24: ("gpc",), 27: ("reject",)},
}
"""By number, the states that a check needs."""
OWN_STATES = {20: ("accept",), 30: ("minor",), 35: ("down",), 38: ("unknown",)}
"""The same of those that need a site with this service's banner."""
ALSO = {
    20: "That another look asks nobody anew is not checked: it takes a publish, and an audit changes nothing.",
    28: "That an opt-out sticks to a profile that is known by a log-in is not checked: a scan has no account.",
    33: "That the receipt verifies is not checked here: a scan's choices are held back. `consent verify` does it.",
}
"""By number, the part of a check that no audit can make."""


def unmade(made: Iterable[Finding], seen: Collection[str], is_own: bool) -> Iterator[Finding]:
    """Yield for each check that no finding tells of why it was not made, and the parts that cannot be.

    `seen` are the states that were visited, and `is_own` tells that the site is one of this service.
    """
    made = list(made)
    known = {finding.assertion for finding in made}
    has_banner = any(finding.rule == "first-layer" for finding in made)
    for number, reason in sorted((REASONS | (OF_BOTH if has_banner else {})).items()):
        if number not in known:
            told = _left_out(number, seen, is_own) or reason
            yield Finding("not-checked", "untold", f"Not checked: {told}.", None, (), number)
        elif number in ALSO:
            yield Finding("not-checked", "untold", ALSO[number], None, (), number)


def _left_out(number: int, seen: Collection[str], is_own: bool) -> str:
    """Return which states a check needs that were left out; "" where none was, or where they alone do not help."""
    needed = (STATES | (OWN_STATES if is_own else {})).get(number, ())
    missing = [state for state in needed if state not in seen]
    if missing:
        return f"it needs {' and '.join(missing)} among the --states"
    return STATE if is_own and number in OWN_STATES else ""
