"""A receipt: the record of one choice, whose columns are named only here, and its signed claims."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NotRequired, Self, TypedDict

from consent.core.documents.claims import SignalClaims
from consent.core.documents.visit import PlaceFacts
from consent.core.groups import OPTIONAL

_IN_EFFECTIVE, _IN_PLACE, _IN_SIGNALS = ({"claim": name} for name in ("effective", "place", "signals"))
_UNSIGNED = {"claim": None}


class ReceiptClaims(TypedDict):
    """The claims of a receipt (design, section 8); times are RFC 3339 in UTC."""

    schema: str
    id: str
    site: str
    time: str
    action: str
    method: str
    requested: dict[str, bool | None]
    effective: dict[str, bool | None]
    vendors: dict[str, bool]
    config: str
    text: str
    language: str
    variant: str
    layer: int
    regime: str
    rules_version: str
    place: PlaceFacts
    place_at_write: PlaceFacts
    delayed: bool
    signals: SignalClaims
    conflict_shown: bool
    origin_checked: bool
    expires: str | None
    pd: str
    tcf: NotRequired["TcfClaims"]


class TcfClaims(TypedDict):
    """The TCF claims of a receipt: the string that others received, what was chosen, and what was shown."""

    string: str
    additional_consent: NotRequired[str]
    list: str
    version: int
    policy: int
    cmp: list[int]
    key: str
    screen: int
    language: str
    texts: str
    vendor_texts: str
    purposes: str
    interests: str
    features: str
    vendors: str
    vendor_interests: str
    google: NotRequired[str]


@dataclass(frozen=True)
class ReceiptFacts:
    """The columns whose values many receipts share, which every export shows, in the order of its CSV.

    A column is signed as the claim of the same name, or inside the claim that its field metadata names. `vendors` is
    canonical JSON with a flag per vendor.
    """

    action: str
    method: str
    functional: bool | None = field(metadata=_IN_EFFECTIVE)
    analytics: bool | None = field(metadata=_IN_EFFECTIVE)
    advertising: bool | None = field(metadata=_IN_EFFECTIVE)
    vendors: str
    country: str | None = field(metadata=_IN_PLACE)
    subdivision: str | None = field(metadata=_IN_PLACE)
    regime: str
    config: str
    language: str
    gpc: bool = field(metadata=_IN_SIGNALS)
    dnt: bool = field(metadata=_IN_SIGNALS)
    age_band: str = field(metadata=_IN_SIGNALS)
    origin_checked: bool

    @property
    def groups(self) -> dict[str, bool | None]:
        """The effective answer for each optional group."""
        return {group: getattr(self, group) for group in OPTIONAL}

    @property
    def vendor_answers(self) -> dict[str, bool]:
        """The answer for each vendor that was chosen individually."""
        answers: dict[str, bool] = json.loads(self.vendors)
        return answers

    @property
    def grants(self) -> bool:
        """Whether the receipt grants anything: grants expire, refusals never do."""
        return any((*self.groups.values(), *self.vendor_answers.values()))


@dataclass(frozen=True)
class ReceiptRecord(ReceiptFacts):
    """A receipt as stored and searched: the columns of its table, and the visitor from its personal part.

    `time` and `expires` are Unix seconds; `log_index` is assigned by the log.
    """

    variant: str
    layer: int
    expires: int | None
    id: str
    time: int
    site_id: int = field(metadata=_UNSIGNED)
    leaf_hash: bytes = field(metadata=_UNSIGNED)
    jws: str = field(metadata=_UNSIGNED)
    log_index: int | None = field(default=None, metadata=_UNSIGNED)
    erased: bool = field(default=False, metadata=_UNSIGNED)
    visitor: str | None = field(default=None, metadata=_UNSIGNED)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Self:
        """Return the record of `row`, whose values are ordered as in `RECORD_COLUMNS`; faster than the constructor."""
        record = object.__new__(cls)
        vars(record).update(zip(RECORD_COLUMNS, row, strict=True))
        return record

    def with_values(self, **values: object) -> Self:
        """Return a copy with `values` in some fields; the same as `replace`, in a tenth of the time."""
        record = object.__new__(type(self))
        vars(record).update(vars(self), **values)
        return record


SHARED_COLUMNS = tuple(column.name for column in fields(ReceiptFacts))
RECORD_COLUMNS = tuple(column.name for column in fields(ReceiptRecord))
STORED_COLUMNS = tuple(name for name in RECORD_COLUMNS if name != "visitor")
"""The columns of the table of receipts."""
WRITTEN_COLUMNS = tuple(name for name in STORED_COLUMNS if name not in ("log_index", "erased"))
"""The columns that a receipt has when it is written."""
CLAIM_PATHS: dict[str, tuple[str, ...]] = {
    column.name: tuple(filter(None, (column.metadata.get("claim"), column.name)))
    for column in fields(ReceiptRecord)
    if column.metadata.get("claim", "") is not None
}
"""The path of each signed column in the claims."""


UNSTATED: dict[str, Any] = {"age_band": "unknown", "origin_checked": False}
"""Column values for a choice that no page sent."""
UNSHOWN = frozenset({"carried", "source"})
"""Claims of a choice for which we showed nothing: it was carried over without a click, or from another tool."""
OWN_LAYER = "own_layer"
"""The method of a choice made in a layer that the page drew itself, from the texts of the receipt's config."""
NOT_SHOWN = {"config": "", "language": "", "variant": "", "layer": 0}
"""Column values where the claims have null."""


def signed_columns(claims: ReceiptClaims) -> dict[str, Any]:
    """Return the signed columns from `claims`: times in RFC 3339, `vendors` as a dict. Raises LookupError."""
    facts: Any = claims
    found = {name: facts[path[0]] if len(path) == 1 else facts[path[0]][path[1]] for name, path in CLAIM_PATHS.items()}
    return found | NOT_SHOWN if UNSHOWN & facts.keys() else found
