"""A receipt verified on screen: signature, stored row, personal part, place in the log, checkpoint."""

import json
from typing import Any, NamedTuple

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from consent.core.groups import OPTIONAL
from consent.core.merkle import inclusion_proof, leaf_hash, verify_inclusion
from consent.dashboard.blueprint import blueprint
from consent.dashboard.locale import number
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_page import claims_of, find_receipt
from consent.dashboard.services import services
from consent.exports.trail_check import trusted_keys
from consent.proof.checkpoint import origin_of
from consent.proof.personal import canonical_digest
from consent.proof.statement import utc
from consent.storage import log
from consent.storage import receipts as store
from consent.storage.log import Head
from consent.storage.models import db
from consent.storage.receipts import FoundReceipt
from consent.storage.sites import FoundSite
from consent.verify import Wrong, check_checkpoint

SAME = (
    "id",
    "time",
    "action",
    "method",
    "config",
    "language",
    "variant",
    "regime",
    "layer",
    "origin_checked",
    "expires",
)


class Check(NamedTuple):
    """One thing that was checked: it holds, it does not, or None where it cannot be told."""

    name: str
    holds: bool | None
    sentence: str


@blueprint.get("/sites/<site>/receipts/<receipt>/verify")
@allowed("read_receipts")
def receipt_checks(site: FoundSite, receipt: str) -> ResponseReturnValue:
    """Check the receipt now, and say what was found."""
    found = find_receipt(site, receipt)
    if found.erased:
        abort(404)
    return render_template(
        "dashboard/receipt_checks.html", receipt=found, checks=_checks(site, found), now=services().now
    )


def _checks(site: FoundSite, found: FoundReceipt) -> list[Check]:
    claims = claims_of(found.jws)
    head = log.head(db.session, site.id)
    return [
        Check("Signature", True, "A key of this service signed this text.")
        if claims
        else Check("Signature", False, "No key of this service signed this text."),
        _row(found, claims or {}),
        _personal(found, claims or {}),
        _place(site, found, head),
        _checkpoint(site, head),
    ]


def _row(found: FoundReceipt, claims: dict[str, Any]) -> Check:
    signed = {name: claims.get(name) for name in SAME}
    signed |= {group: claims.get("effective", {}).get(group) for group in OPTIONAL}
    signed |= {name: claims.get("place", {}).get(name) for name in ("country", "subdivision")}
    signed |= {name: claims.get("signals", {}).get(name) for name in ("gpc", "dnt", "age_band")}
    stored = found._asdict() | {"time": utc(found.time), "expires": utc(found.expires) if found.expires else None}
    changed = [name for name, value in signed.items() if stored[name] != value]
    if json.loads(found.vendors) != claims.get("vendors"):
        changed.append("vendors")
    if found.leaf_hash != leaf_hash(found.jws.encode()):
        changed.append("hash")
    if changed:
        return Check("What searches read", False, f"Beside the signed text stands another {', '.join(changed)}.")
    return Check("What searches read", True, "What stands beside the signed text is the same.")


def _personal(found: FoundReceipt, claims: dict[str, Any]) -> Check:
    name = "Personal part"
    personal = store.personal(db.session, found.id)
    if personal is None:
        return Check(name, None, "It was erased, so nothing is left that could be compared.")
    if canonical_digest(personal.salt, personal.body.encode()) != claims.get("pd"):
        return Check(name, False, "It is not the one that the signed text commits to.")
    body = json.loads(personal.body)
    if (personal.visitor, personal.previous) != (body["visitor"], body["previous"]):
        return Check(name, False, "Searches find it by another visitor or receipt before than it names.")
    return Check(name, True, "It is the one that the signed text commits to.")


def _place(site: FoundSite, found: FoundReceipt, head: Head | None) -> Check:
    name, index = "Place in the log", found.log_index
    if index is None or head is None or index >= head.size:
        return Check(name, None, "It waits for its place, as a rule for less than 2 seconds.")
    try:
        path = inclusion_proof(log.tile_reader(db.session, site.id), index, head.size)
    except (KeyError, IndexError):
        return Check(name, False, "Tiles of the log are missing.")
    if not verify_inclusion(leaf_hash(found.jws.encode()), index, head.size, path, head.root):
        return Check(name, False, f"It is not number {number(index)} of the log.")
    return Check(
        name,
        True,
        f"It is number {number(index)} of the log's {number(head.size)} leaves, by a proof of {len(path)} hashes.",
    )


def _checkpoint(site: FoundSite, head: Head | None) -> Check:
    name = "Checkpoint"
    if head is None:
        return Check(name, None, "None has been signed yet.")
    given = services()
    try:
        tree = check_checkpoint(head.note, trusted_keys(origin_of(given.base_url, site.key), given.keys))
    except (Wrong, ValueError):
        return Check(name, False, "No key of the log signed it.")
    if (tree.size, tree.root) != (head.size, head.root):
        return Check(name, False, "It was signed for another tree.")
    return Check(name, True, f"A key of the log signed the root of {number(head.size)} leaves.")
