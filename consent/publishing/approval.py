"""Publish approval by a second user (four-eyes principle): mandatory for risky changes, otherwise optional per site."""

from collections.abc import Iterator
from typing import NamedTuple

from consent.classifier.catalog import Catalog
from consent.core.documents.config import Config, Draft
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.publishing.passkey_approvals import SignedApproval
from consent.sites.custom.code import (
    CodeGuard,
    code_hash,
    executed_loads,
    is_code,
    is_container,
    is_custom,
    load_of,
    template_of,
    typed_hosts,
)
from consent.sites.draft import DraftError
from consent.storage.database.base import Transaction
from consent.storage.sites.approval_requests import is_always_required, needs_passkey
from consent.storage.sites.sites import SiteRow


class Approval(NamedTuple):
    """Who reviewed a draft besides the user who publishes it.

    `asked_by` is the opaque id of the user who requested approval; `is_alone` means that nobody else may publish the
    site; `is_known`, that the content was live before, so open leaks and Chromium don't block it. `signed` is what a
    passkey signed, if the site requires that.
    """

    asked_by: str = ""
    is_alone: bool = False
    is_known: bool = False
    signed: SignedApproval | None = None

    @property
    def audit_facts(self) -> dict[str, object]:
        """Return the facts for the audit entry."""
        asked_by: dict[str, object] = {"asked_by": self.asked_by} if self.asked_by else {}
        passkey: dict[str, object] = {"passkey": self.signed["passkey"]["name"]} if self.signed else {}
        return asked_by | ({"alone": True} if self.is_alone else {}) | passkey


UNSEEN = Approval()


def risks(draft: Draft, live: Config | None, catalog: Catalog) -> list[str]:
    """Return in words what could do harm in a publish: code, containers, newly essential items, a new host.

    On a first publish, an admin has named the hosts, and essential items are compared with the catalog.
    """
    codes = _new_code(draft, executed_loads(live) if live else set(), catalog)
    if live is None:
        return [*codes, *_first_essentials(draft, catalog)]
    return [*codes, *_new_essentials(draft, live), *_new_hosts(draft, live)]


def approval_reasons(
    transaction: Transaction, site: SiteRow, draft: Draft, live: Config | None, guard: CodeGuard
) -> list[str]:
    """Return in words why publishing `draft` needs a second user; an empty list if it doesn't."""
    always = (
        [translatable("this site requires it for each publish")] if is_always_required(transaction, site.id) else []
    )
    return [*risks(draft, live, guard.catalog), *always]


def check_approval(transaction: Transaction, site: SiteRow, approval: Approval, by: str, reasons: list[str]) -> None:
    """Raise DraftError if a publish by the user `by` still needs an approval, or one confirmed with a passkey."""
    if not reasons:
        return
    if approval.asked_by in ("", by) and not approval.is_alone:
        raise DraftError({"approval": sentence(reasons)})
    if approval.signed is None and needs_passkey(transaction, site.id):
        raise DraftError(
            {"approval": "This site requires approvals to be confirmed with a passkey: publish in the dashboard."}
        )


def sentence(reasons: list[str]) -> str:
    """Return why a publish is waiting, as a sentence."""
    return translatable(f"A second user must review this before it is published: {'; '.join(reasons)}.")


def _new_code(draft: Draft, executed: set[str], catalog: Catalog) -> Iterator[str]:
    """Yield a sentence for each tag that executes code which the live config doesn't (`executed`, hashes)."""
    for tag in draft["tags"]:
        if not tag["enabled"] or code_hash(load_of(tag)) in executed:
            continue
        if is_code(tag, catalog):
            what = (
                translatable("code of the site's own")
                if is_custom(tag)
                else translatable("code that differs from the catalog's")
            )
            yield f"{tag['name']} runs {what}"
        elif is_container(tag, catalog):
            yield translatable(f"{tag['name']} is a container and runs whatever is set in it elsewhere")
        elif hosts := typed_hosts(tag, catalog):
            yield translatable(
                f"{tag['name']} loads its code from {', '.join(hosts)}, which isn't one of its vendor's hosts"
            )


def _first_essentials(draft: Draft, catalog: Catalog) -> Iterator[str]:
    for tag in draft["tags"]:
        template = template_of(tag, catalog)
        if tag["group"] == ESSENTIAL and template is not None and template.group != ESSENTIAL:
            yield translatable(f"{tag['name']} becomes essential and runs without consent")
    groups = {
        (one["name"], one["kind"]): one["group"]
        for vendor in catalog.vendors
        if any(vendor.id == tag["vendor"] for tag in draft["tags"])
        for one in vendor.document["cookies"]
    }
    for cookie in draft["cookies"]:
        if cookie["group"] == ESSENTIAL and groups.get((cookie["name"], cookie["kind"]), ESSENTIAL) != ESSENTIAL:
            yield translatable(f"{cookie['name']} becomes essential and stays after a refusal")


def _new_essentials(draft: Draft, live: Config) -> Iterator[str]:
    known = {tag["id"] for tag in live["tags"] if tag["group"] == ESSENTIAL}
    for tag in draft["tags"]:
        if tag["group"] == ESSENTIAL and tag["id"] not in known:
            yield translatable(f"{tag['name']} becomes essential and runs without consent")
    cookies = {(one["name"], one["kind"]) for one in live["cookies"] if one["group"] != ESSENTIAL}
    for cookie in draft["cookies"]:
        if cookie["group"] == ESSENTIAL and (cookie["name"], cookie["kind"]) in cookies:
            yield translatable(f"{cookie['name']} becomes essential and stays after a refusal")


def _new_hosts(draft: Draft, live: Config) -> Iterator[str]:
    for host in draft["hosts"]:
        if host not in live["hosts"]:
            yield translatable(f"{host} is a new host")
