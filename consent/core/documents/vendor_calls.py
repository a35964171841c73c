"""What the script does for a vendor on a page, as data: calls, globals and objects."""

from typing import NotRequired, TypedDict

_Class = TypedDict("_Class", {"class": str})
"""The field `class`, a keyword that a class body can't declare."""


class FunctionCall(TypedDict):
    """A call to a page's global function, as data; `queue` is a global array that receives the arguments."""

    call: str
    args: list[object]
    queue: NotRequired[str]


class Call(FunctionCall):
    """A call made after a tag's element is added, unless it is made before that or once the element has loaded."""

    before: NotRequired[bool]
    loaded: NotRequired[bool]


class PageGlobal(TypedDict):
    """A global that the script sets before a vendor's code loads: a value, or a stub that queues calls."""

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
    """An object of a vendor's `class` that replaces the global `name`, which it receives as `queue`."""

    name: str
    queue: str
    options: dict[str, object]
