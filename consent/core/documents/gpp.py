"""A site's settings for the Global Privacy Platform, and what they become."""

from typing import NotRequired, TypedDict


class GppSettings(TypedDict):
    """A site's GPP statements besides the visitor's choice; `opt_out_notice` is set once the owner has answered."""

    approach: str
    mspa: str
    sensitive: list[str]
    opt_out_notice: NotRequired[bool]


GppValue = int | str | list[int | str]
"""The value of a GPP field: fixed, or the name of what fills it in."""


GppField = tuple[str, int, int, GppValue]
"""A field of a GPP section: its name, the bits per value, the number of values, and the values."""


class GppSection(TypedDict):
    """A section of the visitor's GPP string; `gpc` is whether it has the segment for that signal."""

    id: int
    prefix: str
    gpc: bool
    fields: list[GppField]


class GppAnswer(TypedDict):
    """A decision's GPP string and the applicable sections (`gpp_sid` in OpenRTB), [-1] if none apply."""

    string: str
    applicable_sections: list[int]
