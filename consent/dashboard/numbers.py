"""Numbers in addresses: no greater than a database can look for."""

from typing import Any

from werkzeug.routing import IntegerConverter

LARGEST = 2**31 - 1
"""PostgreSQL's integer; SQLite fails from 2^63 on."""


class Number(IntegerConverter):
    """The number of something that is kept; of a greater one there is no page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": LARGEST, **kwargs})
