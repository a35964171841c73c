"""What the script does for a vendor in a page, as data: calls, globals and objects."""

from typing import NotRequired, TypedDict

_Class = TypedDict("_Class", {"class": str})
"""The field `class`, which no class can declare by that name."""


class FunctionCall(TypedDict):
    """A global function of a page that the script calls, as data; `queue` is a global array that takes the arguments."""

    call: str
    args: list[object]
    queue: NotRequired[str]


class Call(FunctionCall):
    """A call that comes after the element of a tag is added, unless it comes before or once that has loaded."""

    before: NotRequired[bool]
    loaded: NotRequired[bool]


class PageGlobal(TypedDict):
    """A global that the script sets before a vendor's code comes: a value, or a stub that queues calls."""

    name: str
    value: NotRequired[object]
    stub: NotRequired[str]
    queue: NotRequired[str]
    handler: NotRequired[str]
    entries: NotRequired[str]
    prefix: NotRequired[str]
    methods: NotRequired[list[str]]
    properties: NotRequired[dict[str, object]]


class Construct(_Class):
    """An object of a vendor's `class` that takes the place of the global `name`, which is handed to it as `queue`."""

    name: str
    queue: str
    options: dict[str, object]
