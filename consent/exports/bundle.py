"""All that is kept of one visitor, or of one receipt, as somebody may ask for it (GDPR art. 15 and 20)."""

import json
from collections.abc import Sequence
from typing import Any

from consent.core.groups import OPTIONAL
from consent.core.rights import Rights
from consent.core.rules import Place
from consent.exports.claims import claims_of
from consent.storage import configs, detached, marks, receipts, retention
from consent.storage.base import Transaction
from consent.storage.detached import Detached
from consent.storage.receipts import FoundReceipt
from consent.storage.rows import to_time
from consent.storage.subjects import Subject

SOURCE = "The visitor's own browser, at the choice; the place from the network address, which was not kept."
NEVER = "No network address, no user agent string, no name and no account are kept."


def bundle(
    transaction: Transaction, site_id: int, subject: Subject, found: Sequence[FoundReceipt], rights: Rights, now: int
) -> dict[str, Any]:
    """Return as JSON-able facts what is kept in `found`, the receipts of `subject`, oldest first, none of them erased.

    With what GDPR art. 15(1) asks for besides: purposes, recipients, how long, source, rights and authority.
    """
    documents = {name: _document(transaction, name) for name in {one.config for one in found}}
    rows = [_receipt(transaction, one, documents[one.config]) for one in found]
    newest = documents[found[-1].config] if found else {}
    places = [Place(one.country, one.subdivision).code for one in found if one.country]
    months = retention.months_of(transaction, site_id)
    return {
        "made": to_time(now),
        "subject": {"kind": subject.kind, "id": subject.id},
        "controller": newest.get("controller", {}),
        "receipts": rows,
        "detached": [_away(transaction, one) for one in detached.of_subject(transaction, site_id, subject)],
        "purposes": _purposes(newest, found),
        "recipients": _recipients([documents[one.config] for one in found]),
        "kept_for": f"{months} months after expiry or withdrawal",
        "source": SOURCE,
        "never_kept": NEVER,
        "marks": [{"kind": kind, "since": to_time(mark.time)} for kind, mark in _marks(transaction, site_id, subject)],
        "authorities": [_authority(rights, place) for place in dict.fromkeys(places)],
    }


def _away(transaction: Transaction, one: Detached) -> dict[str, Any]:
    """Return what is kept of a receipt whose signed part lies in the file of a detached month."""
    personal = receipts.personal(transaction, one.id)
    facts = {"id": one.id, "time": to_time(one.time), "month": one.month}
    return facts | {"personal": json.loads(personal.body) if personal else None}


def _document(transaction: Transaction, name: str) -> dict[str, Any]:
    body = configs.get_config(transaction, name)
    document: dict[str, Any] = json.loads(body) if body else {}
    return document


def _receipt(transaction: Transaction, found: FoundReceipt, document: dict[str, Any]) -> dict[str, Any]:
    claims = claims_of(found.jws)
    personal = receipts.personal(transaction, found.id)
    facts = {name: claims[name] for name in ("id", "time", "action", "method", "requested", "effective", "vendors")}
    facts |= {name: claims[name] for name in ("place", "regime", "rules_version", "language", "signals", "expires")}
    return {
        **facts,
        "config": claims["config"],
        "version": document.get("version"),
        "personal": json.loads(personal.body) if personal else None,
        "signed": found.jws,
    }


def _purposes(document: dict[str, Any], found: Sequence[FoundReceipt]) -> dict[str, list[str]]:
    """Return for each group what it is for, in the language of the newest receipt."""
    texts = document.get("texts", {}).get("languages", {}).get(found[-1].language, {}) if found else {}
    groups: dict[str, list[str]] = {group: [] for group in OPTIONAL}
    for tag in document.get("tags", []):
        for code in tag["purposes"]:
            words = texts.get(f"purpose_{code}", code)
            if tag["group"] in groups and words not in groups[tag["group"]]:
                groups[tag["group"]].append(words)
    return groups


def _recipients(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    vendors = {vendor["id"]: vendor for document in documents for vendor in document.get("vendors", [])}
    names = ("id", "name", "company", "country", "privacy_url")
    return [{name: vendor[name] for name in names} for _, vendor in sorted(vendors.items())]


def _marks(transaction: Transaction, site_id: int, subject: Subject) -> list[tuple[str, marks.Mark]]:
    # A legal hold serves others than the visitor, who need not be told of it (GDPR art. 15(4)).
    return [(kind, mark) for kind, mark in marks.on_subject(transaction, site_id, subject) if kind != marks.HOLD]


def _authority(rights: Rights, place: str) -> dict[str, str]:
    found = rights.authority(place)
    return {"place": place, "name": found.name if found else "", "url": found.url if found else ""}
