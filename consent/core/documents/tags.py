"""A tag of a draft or config, and how it is loaded."""

from typing import NotRequired, TypedDict

from consent.core.documents.vendor_calls import Call, Construct, PageGlobal

ExceptField = TypedDict("ExceptField", {"except": list[str]})
"""The field `except`, which no class can declare by that name."""


_From = TypedDict("_From", {"from": str | None})
"""The field `from`, which no class can declare by that name."""


class Limits(ExceptField):
    """Where a tag may run, by patterns of paths or by codes of places."""

    only: list[str]


class Schedule(_From):
    """The first and the last day of a tag, as ISO dates, both included."""

    until: str | None


class Node(TypedDict):
    """One node of code that somebody pasted; `src` is empty for inline code."""

    element: str
    src: str
    text: str
    attributes: dict[str, str]


class Trigger(TypedDict):
    """What in a page a tag waits for, by its kind `on`; `before_choice` is `run` (as where it is missing) or `drop`."""

    on: str
    selector: NotRequired[str]
    percent: NotRequired[int]
    seconds: NotRequired[int]
    name: NotRequired[str]
    repeat: NotRequired[bool]
    before_choice: NotRequired[str]


class Load(TypedDict):
    """How a tag is loaded; `nodes` stand for type `html` alone."""

    type: str
    src: NotRequired[str | None]
    attributes: NotRequired[dict[str, str]]
    calls: NotRequired[list[Call]]
    setup: NotRequired[list[PageGlobal]]
    construct: NotRequired[Construct]
    nodes: NotRequired[list[Node]]
    hosts: NotRequired[list[str]]


class TagChange(TypedDict, total=False):
    """Facts of a tag that a change replaces: any field but its id."""

    vendor: str
    template: str
    name: str
    group: str
    enabled: bool
    sale_or_share: bool
    exemptions: list[str]
    purposes: list[str]
    third_party: bool
    limited: str | None
    places: Limits
    pages: Limits
    schedule: Schedule
    load: Load
    parameters: dict[str, str]
    limited_reason: str
    necessity: str
    flags_note: str
    payment_note: str
    note: str
    labels: list[str]
    languages: list[str]
    in_page: bool
    precise_location: bool
    gvl_id: int | None
    trigger: Trigger


class Tag(TypedDict):
    """A tag of a draft or config."""

    id: str
    vendor: str
    template: str
    name: str
    group: str
    enabled: bool
    sale_or_share: bool
    exemptions: list[str]
    purposes: list[str]
    third_party: bool
    limited: str | None
    places: Limits
    pages: Limits
    schedule: Schedule
    load: Load
    parameters: dict[str, str]
    limited_reason: NotRequired[str]
    necessity: NotRequired[str]
    flags_note: NotRequired[str]
    payment_note: NotRequired[str]
    note: NotRequired[str]
    labels: NotRequired[list[str]]
    languages: NotRequired[list[str]]
    in_page: NotRequired[bool]
    precise_location: NotRequired[bool]
    gvl_id: NotRequired[int | None]
    trigger: NotRequired[Trigger]
