"""What a search for receipts may ask, as conditions that both databases understand."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, select, tuple_

from consent.storage.receipt_models import Receipt, ReceiptPersonal

STATES: dict[str, bool | None] = {"granted": True, "refused": False, "none": None}
"""What `groups` may ask for a group: `none` where the choice says nothing of it. Vendors know the first two."""

RESTRICTED = ("exclude", "include", "only")
UNKNOWN = "unknown"
"""As a country: receipts whose place was not known."""

_SAME = ("subdivision", "regime", "action", "method", "config", "language", "origin_checked")


@dataclass(frozen=True, slots=True)
class Filters:
    """A search; what is None or empty does not matter to it.

    `since` (inclusive) and `until` (exclusive) are unix seconds. `groups` and `vendors` map a group or vendor id to
    one of `STATES`; a vendor counts where it was chosen by itself, against its group. `signal` is `gpc` or `dnt`.
    `restricted` is one of `RESTRICTED`: whether receipts whose use is restricted are left out, found too or alone.
    `erased` asks for those too of which only the hash is left; they meet no filter but those of time.
    """

    since: int | None = None
    until: int | None = None
    country: str | None = None
    subdivision: str | None = None
    regime: str | None = None
    action: str | None = None
    method: str | None = None
    config: str | None = None
    visitor: str | None = None
    language: str | None = None
    signal: str | None = None
    origin_checked: bool | None = None
    restricted: str = "exclude"
    erased: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    vendors: Mapping[str, str] = field(default_factory=dict)


def ended(filters: Filters, until: int) -> Filters:
    """Return `filters` for times before `until` alone.

    So there is one end: of several, SQLite goes by the first that it reads, and passes over all between them.
    """
    return filters if filters.until is not None and filters.until <= until else replace(filters, until=until)


def conditions(site_id: int, filters: Filters, restricted: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Yield what a receipt of the site must fulfil to be found.

    `restricted` are the ids of receipts whose use is restricted.
    """
    yield Receipt.site_id == site_id
    if replace(filters, since=None, until=None, restricted="exclude") != Filters(erased=True):
        yield Receipt.erased.is_(False)
    if filters.restricted == "only":
        yield Receipt.id.in_(restricted)
    elif filters.restricted == "exclude" and restricted:
        yield Receipt.id.not_in(restricted)
    yield from _of_time(filters)
    if filters.country is not None:
        yield Receipt.country.is_(None) if filters.country == UNKNOWN else Receipt.country == filters.country
    for name in _SAME:
        if (value := getattr(filters, name)) is not None:
            yield getattr(Receipt, name) == value
    if filters.signal is not None:
        yield {"gpc": Receipt.gpc, "dnt": Receipt.dnt}[filters.signal].is_(True)
    for group, state in filters.groups.items():
        yield _group(group).is_(STATES[state])
    for vendor, state in filters.vendors.items():
        text = '"{}":{}'.format(vendor, "true" if STATES[state] else "false")
        yield Receipt.vendors.contains(text, autoescape=True)
    if filters.visitor is not None:
        yield _of_visitor(site_id, filters.visitor)


def _of_time(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.since is not None:
        yield Receipt.time >= filters.since
    if filters.until is not None:
        yield Receipt.time < filters.until


def _group(group: str) -> ColumnElement[bool | None]:
    columns: dict[str, ColumnElement[bool | None]] = {
        "functional": Receipt.functional.expression,
        "analytics": Receipt.analytics.expression,
        "advertising": Receipt.advertising.expression,
    }
    return columns[group]


def _of_visitor(site_id: int, visitor: str) -> ColumnElement[bool]:
    personal = select(ReceiptPersonal.time, ReceiptPersonal.receipt_id).where(
        ReceiptPersonal.site_id == site_id, ReceiptPersonal.visitor == visitor
    )
    return tuple_(Receipt.time, Receipt.id).in_(personal)
