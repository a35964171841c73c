"""Data subject access copy: all stored data of one visitor or receipt (GDPR art. 15 and 20)."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Never, NotRequired, TypedDict

from consent.core.documents.claims import PersonalPart, SignalClaims
from consent.core.documents.config import Config
from consent.core.documents.json_object import JsonObject
from consent.core.documents.site_settings import Controller
from consent.core.documents.visit import PlaceFacts
from consent.core.groups import OPTIONAL
from consent.core.privacy_rights import Rights
from consent.core.receipt import ReceiptRecord
from consent.core.rules import Place
from consent.core.translatable import translatable
from consent.exports.claims_view import claims_of
from consent.exports.copied_deliveries import CopiedDelivery, copied_deliveries
from consent.exports.verify_export import compare_result
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Detached
from consent.storage.database.base import Transaction
from consent.storage.privacy import marks, retention
from consent.storage.receipts import receipts
from consent.storage.receipts.serializers import to_time
from consent.storage.selection.subjects import Subject
from consent.storage.sites import configs
from consent.verify import Trusted, Unclear, Wrong, check_signed, read_keys

HEAD = re.compile(rb'\s*\{\s*"made"\s*:')
SIGNED = (
    *("id", "time", "action", "method", "requested", "effective", "vendors", "place", "regime", "rules_version"),
    *("language", "signals", "expires", "config"),
)
"""Fields of a copied receipt that have the same name in its signed claims."""


def is_bundle(file: Path) -> bool:
    """Return whether `file` starts like an access copy."""
    with file.open("rb") as opened:
        return HEAD.match(opened.read(64)) is not None


def check_bundle(file: Path, key_files: list[Path]) -> tuple[int, str]:
    """Return the exit code and a sentence about `file`, in the format of `verify.check`."""

    def compare() -> str:
        trusted = read_keys(key_files)
        if not trusted.receipts:
            raise Unclear("the key set of receipts was not given")
        copied = json.loads(file.read_bytes())
        rows = [row for site in (copied, *copied.get("other_sites", ())) for row in site["receipts"]]
        for row in rows:
            _compare(row, trusted)
        return (
            f"each of the {len(rows)} receipts in this copy matches what was signed; personal parts, purposes and"
            " recipients are not part of any signed text"
        )

    return compare_result(compare)


def _compare(row: Mapping[str, Any], trusted: Trusted) -> None:
    try:
        claims = check_signed(row["signed"], trusted)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Wrong(f"the signed text of receipt {row['id']} is damaged") from None
    if changed := [name for name in SIGNED if row[name] != claims.get(name)]:
        raise Wrong(f"{claims['what']} was signed with a different value of {', '.join(changed)}")


SOURCE = translatable(
    "The visitor's own browser, at the choice; the place from the network address, which was not kept."
)
NEVER_OF_ACCOUNT = translatable(
    "No network address, no user agent string, no name and no ID of the account at the site are kept."
)
NEVER = translatable("No network address, no user agent string, no name and no account are kept.")


class CopiedReceipt(TypedDict):
    """A receipt in a copy; `signed` is its JWS, and `personal` is None if that part was erased."""

    id: str
    time: str
    action: str
    method: str
    requested: dict[str, bool | None]
    effective: dict[str, bool | None]
    vendors: dict[str, bool]
    place: PlaceFacts
    regime: str
    rules_version: str
    language: str
    signals: SignalClaims
    expires: str | None
    config: str
    version: int | None
    personal: PersonalPart | None
    signed: str


class DetachedReceipt(TypedDict):
    """The data kept about a receipt whose signed part is in the file of a detached month."""

    id: str
    time: str
    month: str
    personal: PersonalPart | None


class Recipient(TypedDict):
    """A vendor in the configs of the receipts."""

    id: str
    name: str
    company: str
    country: str | None
    privacy_url: str | None


class CopiedSubject(TypedDict):
    """The subject by which the receipts were found."""

    kind: str
    id: str


class CopiedMark(TypedDict):
    """A mark on the subject and the time it was set."""

    kind: str
    since: str


class AccessCopy(TypedDict):
    """A copy of the data stored about a visitor, with the additional information required by GDPR art. 15(1)."""

    made: str
    subject: CopiedSubject
    controller: Controller | dict[str, Never]
    receipts: list[CopiedReceipt]
    detached: list[DetachedReceipt]
    purposes: dict[str, list[str]]
    recipients: list[Recipient]
    kept_for: str
    source: str
    never_kept: str
    marks: list[CopiedMark]
    authorities: list[dict[str, str]]
    deliveries: NotRequired[list[CopiedDelivery]]
    account: NotRequired[JsonObject]
    other_sites: NotRequired[list[JsonObject]]
    """For an account shared by several sites: the other sites' copies, each with the site's key as `site`."""


def bundle(
    transaction: Transaction, site_id: int, subject: Subject, found: Sequence[ReceiptRecord], rights: Rights, now: int
) -> AccessCopy:
    """Return the access copy for `found`, the receipts of `subject`, oldest first, without erased ones.

    Includes the additional information required by GDPR art. 15(1): purposes, recipients, retention, source, rights,
    and authority.
    """
    documents = {name: configs.get_document(transaction, name) for name in {one.config for one in found}}
    rows = [_receipt(transaction, one, documents[one.config]) for one in found]
    shown = [one for one in found if documents[one.config]]
    newest = documents[shown[-1].config] if shown else None
    places = [Place(one.country, one.subdivision).code for one in found if one.country]
    months = retention.months_of(transaction, site_id)
    copy: AccessCopy = {
        "made": to_time(now),
        "subject": {"kind": subject.kind, "id": subject.id},
        "controller": newest["controller"] if newest else {},
        "receipts": rows,
        "detached": [_detached(transaction, one) for one in detached_months.of_subject(transaction, site_id, subject)],
        "purposes": _purposes(newest, shown),
        "recipients": _recipients(document for one in found if (document := documents[one.config])),
        "kept_for": translatable(f"{months} months after expiry or withdrawal"),
        "source": SOURCE,
        "never_kept": NEVER_OF_ACCOUNT if subject.kind == "account" else NEVER,
        "marks": [{"kind": kind, "since": to_time(mark.time)} for kind, mark in _marks(transaction, site_id, subject)],
        "authorities": [_authority(rights, place) for place in dict.fromkeys(places)],
    }
    if heard := copied_deliveries(transaction, site_id, subject, [one.id for one in found]):
        copy["deliveries"] = heard
    return copy


def _detached(transaction: Transaction, one: Detached) -> DetachedReceipt:
    personal = receipts.personal(transaction, one.id)
    return {
        "id": one.id,
        "time": to_time(one.time),
        "month": one.month,
        "personal": json.loads(personal.body) if personal else None,
    }


def _receipt(transaction: Transaction, found: ReceiptRecord, document: Config | None) -> CopiedReceipt:
    claims = claims_of(found.jws)
    personal = receipts.personal(transaction, found.id)
    return {
        "id": claims["id"],
        "time": claims["time"],
        "action": claims["action"],
        "method": claims["method"],
        "requested": claims["requested"],
        "effective": claims["effective"],
        "vendors": claims["vendors"],
        "place": claims["place"],
        "regime": claims["regime"],
        "rules_version": claims["rules_version"],
        "language": claims["language"],
        "signals": claims["signals"],
        "expires": claims["expires"],
        "config": claims["config"],
        "version": document["version"] if document else None,
        "personal": json.loads(personal.body) if personal else None,
        "signed": found.jws,
    }


def _purposes(document: Config | None, found: Sequence[ReceiptRecord]) -> dict[str, list[str]]:
    """Return the purposes of each group, in the language of the newest receipt."""
    groups: dict[str, list[str]] = {group: [] for group in OPTIONAL}
    if document is None:
        return groups
    texts = document["texts"]["languages"].get(found[-1].language, {})
    for tag in document["tags"]:
        for code in tag["purposes"]:
            words = texts.get(f"purpose_{code}", code)
            if tag["group"] in groups and words not in groups[tag["group"]]:
                groups[tag["group"]].append(words)
    return groups


def _recipients(documents: Iterable[Config]) -> list[Recipient]:
    vendors = {vendor["id"]: vendor for document in documents for vendor in document["vendors"]}
    return [
        {
            "id": vendor["id"],
            "name": vendor["name"],
            "company": vendor["company"],
            "country": vendor["country"],
            "privacy_url": vendor["privacy_url"],
        }
        for _, vendor in sorted(vendors.items())
    ]


def _marks(transaction: Transaction, site_id: int, subject: Subject) -> list[tuple[str, marks.Mark]]:
    # A legal hold protects other parties; the visitor need not be informed of it (GDPR art. 15(4)).
    return [(kind, mark) for kind, mark in marks.on_subject(transaction, site_id, subject) if kind != marks.HOLD]


def _authority(rights: Rights, place: str) -> dict[str, str]:
    authority = rights.authority(place)
    return {"place": place, "name": authority.name if authority else "", "url": authority.address if authority else ""}
