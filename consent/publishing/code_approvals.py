"""Approvals of code by admins: rows of the database with a MAC, since a document can be forged."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import NamedTuple

from consent.core.documents.config import Config, Draft
from consent.core.documents.tags import Load, Tag
from consent.core.documents.vendors import SiteVendor
from consent.core.translatable import translatable
from consent.signing.canonical_json import canonical
from consent.sites.custom_code import (
    CodeGuard,
    calls_of,
    catalogue_calls,
    code_hash,
    executed_loads,
    has_foreign_calls,
    is_code,
    load_of,
    short_hash,
    template_load,
)
from consent.storage.database.base import Transaction
from consent.storage.sites import code_approvals
from consent.storage.sites.code_approvals import ApprovalRow
from consent.storage.sites.sites import SiteRow


class Approvals(NamedTuple):
    """The approvals of a site whose MAC is right, by the hash of the code; those that were withdrawn too."""

    rows: dict[str, ApprovalRow]

    def of(self, load: Load) -> ApprovalRow | None:
        """Return the approval of the very code `load`, or None where there is none or it was withdrawn."""
        row = self.rows.get(code_hash(load))
        return row if row and row.withdrawn_at is None else None

    def is_withdrawn(self, load: Load) -> bool:
        """Return whether an admin withdrew the approval of the very code `load`."""
        row = self.rows.get(code_hash(load))
        return row is not None and row.withdrawn_at is not None


def approvals_of(transaction: Transaction, site: SiteRow, guard: CodeGuard) -> Approvals:
    """Return the approvals of a site. A row without the right MAC was not written by this service, and counts as none."""
    rows = code_approvals.of_site(transaction, site.id)
    return Approvals({row.code: row for row in rows if hmac.compare_digest(row.mac, _mac(guard, site, row))})


def approve(transaction: Transaction, site: SiteRow, guard: CodeGuard, load: Load, by: str, now: int) -> None:
    """Save that the admin `by`, an opaque id, approves the very code `load`."""
    _put(transaction, site, guard, ApprovalRow(code_hash(load), by, now, None, None, ""))


def withdraw(transaction: Transaction, site: SiteRow, guard: CodeGuard, load: Load, by: str, now: int) -> bool:
    """Save that the admin `by` withdraws the approval of `load`; return whether there was one."""
    row = approvals_of(transaction, site, guard).of(load)
    if row:
        _put(transaction, site, guard, row._replace(withdrawn_by=by, withdrawn_at=now))
    return row is not None


def code_problem(tag: Tag, approvals: Approvals, guard: CodeGuard, executed: set[str]) -> str:
    """Return why `tag` cannot be switched on, or an empty string.

    Code that is executed by the live config already (`executed`, hashes) passes: after an upgrade a template may give
    something else than before.
    """
    load = load_of(tag)
    if not is_code(tag, guard.catalogue) or approvals.of(load):
        return ""
    if approvals.is_withdrawn(load):
        return translatable(f"An admin withdrew the approval of its code, {short_hash(load)}.")
    return "" if code_hash(load) in executed else translatable(f"An admin approves its code first, {short_hash(load)}.")


def code_problems(
    draft: Draft, live: Config | None, approvals: Approvals, guard: CodeGuard
) -> Iterator[tuple[str, str]]:
    """Yield path and sentence of each tag that is on, and of each vendor, whose code nobody may publish as it is."""
    executed = executed_loads(live) if live else set()
    for number, tag in enumerate(draft["tags"]):
        if tag["enabled"] and (sentence := code_problem(tag, approvals, guard, executed)):
            yield f"tags.{number}.enabled", f"{tag['name']}: {sentence}"
    known = {vendor["id"]: calls_of(vendor) for vendor in live["vendors"]} if live else {}
    for number, vendor in enumerate(draft["vendors"]):
        if has_foreign_calls(vendor, guard.catalogue) and known.get(vendor["id"]) != calls_of(vendor):
            yield (
                f"vendors.{number}.revoke",
                translatable(f"The calls of {vendor['name']} are not those of the catalogue: renew it."),
            )


def without_unapproved(draft: Draft, live: Config | None, approvals: Approvals, guard: CodeGuard) -> Draft:
    """Return `draft` without code that nobody may publish as it is.

    Such a tag is as the catalogue gives it, or off; such calls of a vendor are those of the catalogue.
    """
    executed = executed_loads(live) if live else set()
    known = {vendor["id"]: vendor for vendor in live["vendors"]} if live else {}
    return draft | {
        "tags": [_approved_tag(tag, approvals, guard, executed) for tag in draft["tags"]],
        "vendors": [_known_vendor(vendor, known.get(vendor["id"]), guard) for vendor in draft["vendors"]],
    }


def _approved_tag(tag: Tag, approvals: Approvals, guard: CodeGuard, executed: set[str]) -> Tag:
    if not tag["enabled"] or not code_problem(tag, approvals, guard, executed):
        return tag
    load = None if approvals.is_withdrawn(tag["load"]) else template_load(tag, guard.catalogue)
    return tag | {"enabled": False} if load is None else tag | {"load": load}


def _known_vendor(vendor: SiteVendor, live: SiteVendor | None, guard: CodeGuard) -> SiteVendor:
    is_live = live is not None and calls_of(live) == calls_of(vendor)
    if is_live or not has_foreign_calls(vendor, guard.catalogue):
        return vendor
    revoke, consent = catalogue_calls(vendor, guard.catalogue)
    calm = vendor | {"revoke": revoke}
    calm.pop("consent", None)
    return calm | {"consent": consent} if consent else calm


def _put(transaction: Transaction, site: SiteRow, guard: CodeGuard, row: ApprovalRow) -> None:
    code_approvals.put(transaction, site.id, row._replace(mac=_mac(guard, site, row)))


def _mac(guard: CodeGuard, site: SiteRow, row: ApprovalRow) -> str:
    facts = canonical([site.key, row.code, row.by, row.time, row.withdrawn_by, row.withdrawn_at])
    return hmac.new(guard.secret, b"code approval\0" + facts, hashlib.sha256).hexdigest()
