"""Approvals of code by admins: database rows with a MAC, since a document could be forged."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import NamedTuple

from consent.core.documents.config import Config, Draft
from consent.core.documents.tags import Load, Tag
from consent.core.documents.vendors import SiteVendor
from consent.core.translatable import translatable
from consent.signing.canonical_json import canonical
from consent.sites.custom.code import (
    CodeGuard,
    calls_of,
    catalog_calls,
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
    """The approvals of a site that have a valid MAC, by the hash of the code, including withdrawn ones."""

    rows: dict[str, ApprovalRow]

    def approval_of(self, load: Load) -> ApprovalRow | None:
        """Return the approval of exactly the code `load`, or None if there is none or it was withdrawn."""
        row = self.rows.get(code_hash(load))
        return row if row and row.withdrawn_at is None else None

    def is_withdrawn(self, load: Load) -> bool:
        """Return whether an admin withdrew the approval of exactly the code `load`."""
        row = self.rows.get(code_hash(load))
        return row is not None and row.withdrawn_at is not None


def approvals_of(transaction: Transaction, site: SiteRow, guard: CodeGuard) -> Approvals:
    """Return a site's approvals; a row without a valid MAC wasn't written by this service and doesn't count."""
    rows = code_approvals.of_site(transaction, site.id)
    return Approvals({row.code: row for row in rows if hmac.compare_digest(row.mac, _mac(guard, site, row))})


def approve(transaction: Transaction, site: SiteRow, guard: CodeGuard, load: Load, by: str, now: int) -> None:
    """Save that the admin `by` (an opaque id) approves exactly the code `load`."""
    _put(transaction, site, guard, ApprovalRow(code_hash(load), by, now, None, None, ""))


def withdraw(transaction: Transaction, site: SiteRow, guard: CodeGuard, load: Load, by: str, now: int) -> bool:
    """Save that the admin `by` withdraws the approval of `load`, and return whether there was one."""
    row = approvals_of(transaction, site, guard).approval_of(load)
    if row:
        _put(transaction, site, guard, row._replace(withdrawn_by=by, withdrawn_at=now))
    return row is not None


def code_problem(tag: Tag, approvals: Approvals, guard: CodeGuard, executed: set[str]) -> str:
    """Return why `tag` can't be enabled, or an empty string.

    Code that the live config already executes (`executed`, hashes) passes, because a template may change in an upgrade.
    """
    load = load_of(tag)
    if not is_code(tag, guard.catalog) or approvals.approval_of(load):
        return ""
    if approvals.is_withdrawn(load):
        return translatable(f"An admin withdrew the approval of its code ({short_hash(load)}).")
    if code_hash(load) in executed:
        return ""
    return translatable(f"An admin must approve its code first ({short_hash(load)}).")


def code_problems(
    draft: Draft, live: Config | None, approvals: Approvals, guard: CodeGuard
) -> Iterator[tuple[str, str]]:
    """Yield the path and sentence of each enabled tag and each vendor whose code may not be published as it is."""
    executed = executed_loads(live) if live else set()
    for number, tag in enumerate(draft["tags"]):
        if tag["enabled"] and (sentence := code_problem(tag, approvals, guard, executed)):
            yield f"tags.{number}.enabled", f"{tag['name']}: {sentence}"
    known = {vendor["id"]: calls_of(vendor) for vendor in live["vendors"]} if live else {}
    for number, vendor in enumerate(draft["vendors"]):
        if has_foreign_calls(vendor, guard.catalog) and known.get(vendor["id"]) != calls_of(vendor):
            yield (
                f"vendors.{number}.revoke",
                translatable(f"The calls of {vendor['name']} differ from those in the catalog: update it."),
            )


def without_unapproved(draft: Draft, live: Config | None, approvals: Approvals, guard: CodeGuard) -> Draft:
    """Return `draft` without code that may not be published as it is.

    Such a tag becomes the catalog's version of it or is disabled; such vendor calls become the catalog's.
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
    load = None if approvals.is_withdrawn(tag["load"]) else template_load(tag, guard.catalog)
    return tag | {"enabled": False} if load is None else tag | {"load": load}


def _known_vendor(vendor: SiteVendor, live: SiteVendor | None, guard: CodeGuard) -> SiteVendor:
    is_live = live is not None and calls_of(live) == calls_of(vendor)
    if is_live or not has_foreign_calls(vendor, guard.catalog):
        return vendor
    revoke, consent = catalog_calls(vendor, guard.catalog)
    shipped = vendor | {"revoke": revoke}
    shipped.pop("consent", None)
    return shipped | {"consent": consent} if consent else shipped


def _put(transaction: Transaction, site: SiteRow, guard: CodeGuard, row: ApprovalRow) -> None:
    code_approvals.put(transaction, site.id, row._replace(mac=_mac(guard, site, row)))


def _mac(guard: CodeGuard, site: SiteRow, row: ApprovalRow) -> str:
    facts = canonical([site.key, row.code, row.by, row.time, row.withdrawn_by, row.withdrawn_at])
    return hmac.new(guard.secret, b"code approval\0" + facts, hashlib.sha256).hexdigest()
