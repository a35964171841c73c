"""The checks of the list that an audit did not make, each with the reason: what was not looked at is never called good."""

from collections.abc import Iterable, Iterator

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
ALSO = {
    20: "That another look asks nobody anew is not checked: it takes a publish, and an audit changes nothing.",
    28: "That an opt-out sticks to a profile that is known by a log-in is not checked: a scan has no account.",
    33: "That the receipt verifies is not checked here: a scan's choices are held back. `consent verify` does it.",
}
"""By number, the part of a check that no audit can make."""


def unmade(made: Iterable[Finding]) -> Iterator[Finding]:
    """Yield for each check that no finding tells of why it was not made, and the parts that cannot be."""
    made = list(made)
    known = {finding.assertion for finding in made}
    has_banner = any(finding.rule == "first-layer" for finding in made)
    for number, reason in sorted((REASONS | (OF_BOTH if has_banner else {})).items()):
        if number not in known:
            yield Finding("not-checked", "untold", f"Not checked: {reason}.", None, (), number)
        elif number in ALSO:
            yield Finding("not-checked", "untold", ALSO[number], None, (), number)
