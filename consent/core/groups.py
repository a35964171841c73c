"""The four consent groups, and the ranks of the rules that can apply to them."""

ESSENTIAL = "essential"
OPTIONAL = ("functional", "analytics", "advertising")
GROUPS = (ESSENTIAL, *OPTIONAL)
LETTERS = dict(zip("fad", OPTIONAL, strict=True))

LEVELS = ("none", "notice", "notice_and_opt_out", "opt_out", "opt_in")
NOTICE, RELAXED, OPT_OUT, OPT_IN = 1, 2, 3, 4
"""Ranks of `LEVELS`, laxest first: a grant reaches a tag whose rank is no higher than the rank it was given under."""

AGE_BANDS = {"under13": 0, "13_15": 13, "16_17": 16, "adult": 18}
"""Age bands by their lowest age; a fifth, `unknown`, is treated as adult or child depending on the site."""
COOKIELESS = "cookieless"
"""The limited mode in which a vendor follows what consent mode reports for its group."""
EFFECTS = {"own_opt_in": 1, "parent": 2, "parent_and_child": 2, "barred": 3}
"""Ranks of the effects that rules for minors have, weakest first; 0 is no effect.

A visitor alone can give neither a parent's consent nor that of parent and child; the two differ only in wording.
"""


def last_group(groups: list[str]) -> str:
    """Return the last of `groups` in the order of `GROUPS`: the group that a tag belongs to by its cookies."""
    return max(groups, key=GROUPS.index)
