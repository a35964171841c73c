"""Verify a receipt on screen: signature, stored row, personal part, inclusion in the log, checkpoint."""

import json
from dataclasses import asdict
from typing import NamedTuple

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.merkle import inclusion_proof, leaf_hash, verify_inclusion
from consent.core.receipt import CLAIM_PATHS, ReceiptClaims, ReceiptRecord, signed_columns
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import number
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.receipts.receipt_page import claims_of, find_receipt
from consent.exports.verify_trail import trusted_keys
from consent.log.checkpoints import origin_of
from consent.signing.receipt_claims import canonical_digest, utc
from consent.storage.database.base import db
from consent.storage.log import tree_store
from consent.storage.log.tree_store import Head
from consent.storage.receipts import receipts as store
from consent.storage.sites.sites import SiteRow
from consent.verify import Wrong, check_checkpoint


class Check(NamedTuple):
    """A check's result; `holds` is None if it can't be determined."""

    name: str
    holds: bool | None
    sentence: str


@blueprint.get("/sites/<site>/receipts/<receipt>/verify")
@allowed("read_receipts")
def receipt_checks(site: SiteRow, receipt: str) -> ResponseReturnValue:
    """Verify the receipt now, and show the results."""
    row = find_receipt(site, receipt)
    if row.erased:
        abort(404)
    return render_template(
        "dashboard/receipts/verification.html", receipt=row, checks=_checks(site, row), now=services().now
    )


def _checks(site: SiteRow, found: ReceiptRecord) -> list[Check]:
    claims = claims_of(found.jws)
    head = tree_store.head(db.session, site.id)
    return [
        Check(gettext("Signature"), True, gettext("A key of this service signed this text."))
        if claims
        else Check(gettext("Signature"), False, gettext("No key of this service signed this text.")),
        _row(found, claims),
        _personal(found, claims),
        _place(site, found, head),
        _checkpoint(site, head),
    ]


def _row(receipt: ReceiptRecord, claims: ReceiptClaims | None) -> Check:
    stored = asdict(receipt) | {
        "time": utc(receipt.time),
        "expires": utc(receipt.expires) if receipt.expires else None,
        "vendors": receipt.vendor_answers,
    }
    # Without a valid signature, every column counts as different.
    signed = signed_columns(claims) if claims else dict.fromkeys(CLAIM_PATHS)
    changed = [name for name, value in signed.items() if stored[name] != value]
    if receipt.leaf_hash != leaf_hash(receipt.jws.encode()):
        changed.append("hash")
    if changed:
        return Check(
            gettext("Search index"),
            False,
            gettext("The signed text differs from the stored %(changed)s.", changed=", ".join(changed)),
        )
    return Check(gettext("Search index"), True, gettext("The stored values match the signed text."))


def _personal(found: ReceiptRecord, claims: ReceiptClaims | None) -> Check:
    name = gettext("Personal part")
    personal = store.personal(db.session, found.id)
    if personal is None:
        return Check(name, None, gettext("It was erased, so nothing is left that could be compared."))
    if canonical_digest(personal.salt, personal.body.encode()) != (claims and claims["pd"]):
        return Check(name, False, gettext("It is not the one that the signed text commits to."))
    body = json.loads(personal.body)
    if (personal.visitor, personal.previous) != (body["visitor"], body["previous"]):
        return Check(
            name, False, gettext("The search index has a different visitor or earlier receipt than the signed text.")
        )
    return Check(name, True, gettext("It is the one that the signed text commits to."))


def _place(site: SiteRow, found: ReceiptRecord, head: Head | None) -> Check:
    name, index = gettext("Place in the log"), found.log_index
    if index is None or head is None or index >= head.size:
        return Check(name, None, gettext("It is waiting for its place, usually for less than 2 seconds."))
    try:
        path = inclusion_proof(tree_store.tile_reader(db.session, site.id), index, head.size)
    except (KeyError, IndexError):
        return Check(name, False, gettext("Tiles of the log are missing."))
    if not verify_inclusion(leaf_hash(found.jws.encode()), index, head.size, path, head.root):
        return Check(name, False, gettext("It is not number %(index)s of the log.", index=number(index)))
    return Check(
        name,
        True,
        gettext(
            "It is number %(index)s of the log's %(size)s leaves, by a proof of %(count)s hashes.",
            index=number(index),
            size=number(head.size),
            count=len(path),
        ),
    )


def _checkpoint(site: SiteRow, head: Head | None) -> Check:
    name = gettext("Checkpoint")
    if head is None:
        return Check(name, None, gettext("None has been signed yet."))
    given = services()
    try:
        tree = check_checkpoint(head.note, trusted_keys(origin_of(given.base_url, site.key), given.keys))
    except (Wrong, ValueError):
        return Check(name, False, gettext("No key of the log signed it."))
    if (tree.size, tree.root) != (head.size, head.root):
        return Check(name, False, gettext("It was signed for another tree."))
    return Check(name, True, gettext("A key of the log signed the root of %(size)s leaves.", size=number(head.size)))
