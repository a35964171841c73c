"""Read a global vendor list (GVL, specification 3) and its translations; other files are rejected in one sentence.

Names, texts and rules of purposes are data from the list, never code. A list may come from anyone: texts have a maximum
length, ids a range, and characters that change the writing direction are rejected.
"""

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from consent.core.tcf.id_sets import MAX_ID
from consent.core.tcf.tc_string import MAX_FEATURE, MAX_PURPOSE, Ids

SPECIFICATION = 3
MAX_BYTES = 16_000_000
"""Maximum size of a list: the one from 2026 has 1 MB."""
MAX_TEXT = 5_000
MAX_STACKS = 200
MAX_VERSION = 4095
NO_INTEREST: Ids = frozenset({1, 3, 4, 5, 6})
"""Purposes for which legitimate interest is never offered (TCF Policies, appendix A)."""
KINDS = {
    "purposes": MAX_PURPOSE,
    "specialPurposes": MAX_PURPOSE,
    "features": MAX_PURPOSE,
    "specialFeatures": MAX_FEATURE,
    "stacks": MAX_STACKS,
    "dataCategories": MAX_STACKS,
}
"""The kinds of texts in a list, with the highest id of each."""
_TRANSLATED = ("purposes", "specialPurposes", "features", "specialFeatures", "stacks", "dataCategories")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"https://[^\s\"'<>\\]{1,2000}")


class VendorListError(ValueError):
    """A file that isn't a vendor list, or a translation of one; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Text:
    """A purpose, feature, stack or category in one language; a stack lists its purposes and special features."""

    name: str
    description: str
    illustrations: tuple[str, ...] = ()
    purposes: Ids = frozenset()
    special_features: Ids = frozenset()


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of a list in one language, by kind (`KINDS`) and id."""

    by_kind: dict[str, dict[int, Text]]
    standard: dict[str, str] = field(default_factory=dict)

    def covers(self, other: "Texts") -> bool:
        """Return whether this has every text that `other` has."""
        return all(other.by_kind[kind].keys() <= self.by_kind[kind].keys() for kind in _TRANSLATED)


@dataclass(frozen=True, slots=True)
class ListedVendor:
    """A vendor in the list, with what it declares; retention is in days, None if not stated."""

    id: int
    name: str
    purposes: Ids
    interests: Ids
    flexible: Ids
    special_purposes: Ids
    features: Ids
    special_features: Ids
    data: Ids
    retention: int | None
    retention_by_purpose: dict[int, int]
    retention_by_special_purpose: dict[int, int]
    uses_cookies: bool
    max_age: int | None
    refreshes: bool
    uses_other_storage: bool
    urls: tuple[tuple[str, str, str | None], ...]
    disclosure: str | None


@dataclass(frozen=True, slots=True)
class VendorList:
    """A vendor list; `updated` is its date, and `vendors` leaves out deleted ones."""

    version: int
    policy: int
    updated: datetime.date
    texts: Texts
    vendors: dict[int, ListedVendor]


def read_list(body: bytes) -> VendorList:
    """Return the list in the JSON `body`. Raises VendorListError."""
    document = _load(body)
    specification = document.get("gvlSpecificationVersion")
    if specification != SPECIFICATION:
        raise VendorListError(
            f"The list is of specification {_abbreviated(specification)}, and only {SPECIFICATION} is known here."
        )
    texts = _texts(document)
    vendors = document.get("vendors")
    if not isinstance(vendors, dict) or not vendors:
        raise VendorListError("The list names no vendors.")
    if not texts.by_kind["purposes"]:
        raise VendorListError("The list names no purposes.")
    found = (_vendor(key, vendor, texts) for key, vendor in vendors.items() if not _is_deleted(key, vendor))
    return VendorList(
        version=_count(document.get("vendorListVersion"), "vendorListVersion", 1, MAX_VERSION),
        policy=_count(document.get("tcfPolicyVersion"), "tcfPolicyVersion", 1, 63),
        updated=_day(document.get("lastUpdated")),
        texts=texts,
        vendors={vendor.id: vendor for vendor in found},
    )


def read_translation(body: bytes) -> Texts:
    """Return the texts in the JSON `body` of a purposes-xx.json file. Raises VendorListError."""
    return _texts(_load(body))


def _load(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BYTES:
        raise VendorListError(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        document = json.loads(body, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise VendorListError("The file is damaged: it is no JSON, or names something twice.") from None
    if not isinstance(document, dict):
        raise VendorListError("The file is not a vendor list.")
    return document


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is there twice")
    return members


def _texts(document: dict[str, Any]) -> Texts:
    by_kind: dict[str, dict[int, Text]] = {}
    for kind, highest in KINDS.items():
        entries = document.get(kind, {})
        if not isinstance(entries, dict):
            raise VendorListError(f"{kind} of the list cannot be read.")
        by_kind[kind] = {_key(kind, key, entry, highest): _text(kind, key, entry) for key, entry in entries.items()}
    standard = document.get("standardTexts", {})
    if not isinstance(standard, dict):
        raise VendorListError("standardTexts of the list cannot be read.")
    return Texts(
        by_kind, {_checked_text(key): _checked_text(text) for key, text in standard.items() if isinstance(text, str)}
    )


def _key(kind: str, key: str, entry: Any, highest: int) -> int:
    if not isinstance(entry, dict) or not key.isascii() or not key.isdigit() or len(key) > 5:
        raise VendorListError(f"{kind} {_abbreviated(key)} of the list cannot be read.")
    if entry.get("id") != int(key) or not 0 < int(key) <= highest:
        raise VendorListError(f"{kind} {_abbreviated(key)} of the list has another id, or one over {highest}.")
    return int(key)


def _text(kind: str, key: str, entry: dict[str, Any]) -> Text:
    illustrations = entry.get("illustrations") or []
    if not isinstance(illustrations, list):
        raise VendorListError(f"The illustrations of {kind} {_abbreviated(key)} cannot be read.")
    return Text(
        _checked_text(entry.get("name")),
        _checked_text(entry.get("description")),
        tuple(map(_checked_text, illustrations)),
        _ids(entry.get("purposes", []), MAX_PURPOSE),
        _ids(entry.get("specialFeatures", []), MAX_FEATURE),
    )


def _is_deleted(key: str, vendor: Any) -> bool:
    return isinstance(vendor, dict) and bool(vendor.get("deletedDate")) and _key("vendors", key, vendor, MAX_ID) > 0


def _vendor(key: str, entry: Any, texts: Texts) -> ListedVendor:
    one = _key("vendors", key, entry, MAX_ID)
    known = {kind: frozenset(entries) for kind, entries in texts.by_kind.items()}
    purposes = _ids(entry.get("purposes"), MAX_PURPOSE) & known["purposes"]
    retention = entry.get("dataRetention") or {}
    if not isinstance(retention, dict):
        raise VendorListError(f"The retention of vendor {one} cannot be read.")
    return ListedVendor(
        id=one,
        name=_checked_text(entry.get("name")),
        purposes=purposes,
        interests=(_ids(entry.get("legIntPurposes"), MAX_PURPOSE) & known["purposes"]) - NO_INTEREST - purposes,
        flexible=_ids(entry.get("flexiblePurposes"), MAX_PURPOSE),
        special_purposes=_ids(entry.get("specialPurposes"), MAX_PURPOSE) & known["specialPurposes"],
        features=_ids(entry.get("features"), MAX_PURPOSE) & known["features"],
        special_features=_ids(entry.get("specialFeatures"), MAX_FEATURE) & known["specialFeatures"],
        data=_ids(entry.get("dataDeclaration") or [], MAX_STACKS) & known["dataCategories"],
        retention=_days(retention.get("stdRetention")),
        retention_by_purpose=_days_by_id(retention.get("purposes")),
        retention_by_special_purpose=_days_by_id(retention.get("specialPurposes")),
        uses_cookies=entry.get("usesCookies") is True,
        max_age=_days(entry.get("cookieMaxAgeSeconds")),
        refreshes=entry.get("cookieRefresh") is True,
        uses_other_storage=entry.get("usesNonCookieAccess") is True,
        urls=_urls(entry.get("urls")),
        disclosure=_link(entry.get("deviceStorageDisclosureUrl")),
    )


def _urls(entries: Any) -> tuple[tuple[str, str, str | None], ...]:
    """Return language, privacy policy and legitimate-interest claim; entries whose policy isn't https are left out."""
    found = []
    for entry in entries if isinstance(entries, list) else ():
        privacy = _link(entry.get("privacy")) if isinstance(entry, dict) else None
        if privacy:
            found.append((_checked_text(entry.get("langId") or "en")[:20], privacy, _link(entry.get("legIntClaim"))))
    return tuple(found[:100])


def _link(value: Any) -> str | None:
    return value if isinstance(value, str) and _LINK.fullmatch(value) and not _FORBIDDEN.search(value) else None


def _checked_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or _FORBIDDEN.search(value):
        raise VendorListError(f"A text of the list cannot be shown: {_abbreviated(value)}.")
    return value


def _ids(value: Any, highest: int) -> Ids:
    if not isinstance(value, list) or not all(_is_count(one) and 0 < one <= highest for one in value):
        raise VendorListError(f"Ids of the list cannot be read: {_abbreviated(value)}.")
    return frozenset(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _count(value: Any, name: str, lowest: int, highest: int) -> int:
    if not _is_count(value) or not lowest <= value <= highest:
        raise VendorListError(f"{name} of the list cannot be {_abbreviated(value)}.")
    return int(value)


def _days(value: Any) -> int | None:
    return int(value) if _is_count(value) and 0 <= value < 10**10 else None


def _days_by_id(value: Any) -> dict[int, int]:
    entries: Iterable[tuple[str, Any]] = value.items() if isinstance(value, dict) else ()
    found = ((int(key), _days(days)) for key, days in entries if key.isascii() and key.isdigit() and len(key) < 4)
    return {key: days for key, days in found if days is not None}


def _day(value: Any) -> datetime.date:
    try:
        return datetime.datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise VendorListError(f"lastUpdated of the list cannot be {_abbreviated(value)}.") from None


def _abbreviated(value: Any) -> str:
    """Return a value from the file, shortened and with non-ASCII characters escaped, for use in a sentence."""
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
