"""A tag of a draft or config, and how it is loaded."""

from typing import NotRequired, TypedDict

from consent.core.documents.vendor_calls import Call, Construct, PageGlobal

ExceptField = TypedDict("ExceptField", {"except": list[str]})
"""The field `except`, a keyword that a class body can't declare."""


_From = TypedDict("_From", {"from": str | None})
"""The field `from`, a keyword that a class body can't declare."""


class Limits(ExceptField):
    """Where a tag may run, as path patterns or place codes."""

    only: list[str]


class Schedule(_From):
    """The first and last day of a tag, inclusive, as ISO dates."""

    until: str | None


class Node(TypedDict):
    """One node of pasted code; `src` is empty for inline code."""

    element: str
    src: str
    text: str
    attributes: dict[str, str]


class Trigger(TypedDict):
    """What a tag waits for on a page, by its kind `on`; `before_choice` is `run` (the default) or `drop`."""

    on: str
    selector: NotRequired[str]
    percent: NotRequired[int]
    seconds: NotRequired[int]
    name: NotRequired[str]
    repeat: NotRequired[bool]
    before_choice: NotRequired[str]


class Load(TypedDict):
    """How a tag is loaded; only type `html` has `nodes`."""

    type: str
    src: NotRequired[str | None]
    attributes: NotRequired[dict[str, str]]
    calls: NotRequired[list[Call]]
    setup: NotRequired[list[PageGlobal]]
    construct: NotRequired[Construct]
    nodes: NotRequired[list[Node]]
    hosts: NotRequired[list[str]]


class TagChange(TypedDict, total=False):
    """The fields of a tag that a change replaces: any but its id."""

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
