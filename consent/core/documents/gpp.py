"""What a site says for the Global Privacy Platform, and what it becomes."""

from typing import NotRequired, TypedDict


class GppSettings(TypedDict):
    """What a site says in its GPP strings beside the visitor's choice; `opt_out_notice` once the owner has answered."""

    approach: str
    mspa: str
    sensitive: list[str]
    opt_out_notice: NotRequired[bool]


GppValue = int | str | list[int | str]
"""Of a field of a GPP section: fixed, or the name of what fills it in."""


GppField = tuple[str, int, int, GppValue]
"""A field of a GPP section: its name, the bits of a value, how many values it has, and what they are."""


class GppSection(TypedDict):
    """A section of the visitor's GPP string: `gpc` tells whether it has the segment of that signal."""

    id: int
    prefix: str
    gpc: bool
    fields: list[GppField]


class GppAnswer(TypedDict):
    """The GPP string of a decision, and the sections that apply, which are `gpp_sid` in OpenRTB; [-1] where none does."""

    string: str
    applicable_sections: list[int]
