"""The four consent groups, and the ranks of the rules that can apply to them."""

ESSENTIAL = "essential"
OPTIONAL = ("functional", "analytics", "advertising")
GROUPS = (ESSENTIAL, *OPTIONAL)
LETTERS = dict(zip("fad", OPTIONAL, strict=True))

LEVELS = ("none", "notice", "notice_and_opt_out", "opt_out", "opt_in")
NOTICE, RELAXED, OPT_OUT, OPT_IN = 1, 2, 3, 4
"""Ranks of `LEVELS`, laxest first: a grant reaches a tag whose rank is no higher than the rank it was given under."""

AGE_BANDS = {"under13": 0, "13_15": 13, "16_17": 16, "adult": 18}
"""Age bands by the lowest age of each; `unknown` is the fifth, read as adult or child by the site."""
COOKIELESS = "cookieless"
"""The limited mode in which a vendor goes by what consent mode says of its group."""
EFFECTS = {"own_opt_in": 1, "parent": 2, "parent_and_child": 2, "barred": 3}
"""The rank of what a rule for minors does, weakest first; 0 stands for no effect.

Neither a parent's consent nor that of both together can be given by the visitor alone: only the words differ.
"""


def last_group(groups: list[str]) -> str:
    """Return the last of `groups` in the order of the four: the group a tag belongs to by its cookies."""
    return max(groups, key=GROUPS.index)
