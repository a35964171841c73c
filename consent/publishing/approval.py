"""Publish approval by a second user (four-eyes principle): mandatory for risky changes, else optional by site."""

from collections.abc import Iterator
from typing import NamedTuple

from consent.classifier.catalogue import Catalogue
from consent.core.documents.config import Config, Draft
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.publishing.passkey_approvals import SignedApproval
from consent.sites.custom_code import (
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
    """Who looked at a draft beside the one who publishes it.

    `asked_by` is the opaque id of whoever asked for it; `is_alone` says that nobody else may publish the site; `is_known`
    that the content was live before, so that open leaks and Chromium do not hold it back. `signed` is what a passkey
    signed, where the site wants that.
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


def risks(draft: Draft, live: Config | None, catalogue: Catalogue) -> list[str]:
    """Return in words what of a publish may do harm: code, containers, what becomes essential, a new host.

    At a first publish the hosts are those that an admin has named, and what is essential is compared with the catalogue.
    """
    codes = _codes(draft, executed_loads(live) if live else set(), catalogue)
    if live is None:
        return [*codes, *_first_essentials(draft, catalogue)]
    return [*codes, *_essentials(draft, live), *_hosts(draft, live)]


def reasons_to_wait(
    transaction: Transaction, site: SiteRow, draft: Draft, live: Config | None, guard: CodeGuard
) -> list[str]:
    """Return in words why a publish of `draft` waits for a second user; an empty list where it does not."""
    always = [translatable("this site wants it for each publish")] if is_always_required(transaction, site.id) else []
    return [*risks(draft, live, guard.catalogue), *always]


def check_approval(transaction: Transaction, site: SiteRow, approval: Approval, by: str, reasons: list[str]) -> None:
    """Raise DraftError where a publish by the user `by` still needs an approval, or one confirmed with a passkey."""
    if not reasons:
        return
    if approval.asked_by in ("", by) and not approval.is_alone:
        raise DraftError({"approval": sentence(reasons)})
    if approval.signed is None and needs_passkey(transaction, site.id):
        raise DraftError({"approval": "This site wants approvals confirmed with a passkey: publish in the dashboard."})


def sentence(reasons: list[str]) -> str:
    """Return why a publish waits."""
    return translatable(f"A second user must review this before it is published: {'; '.join(reasons)}.")


def _codes(draft: Draft, executed: set[str], catalogue: Catalogue) -> Iterator[str]:
    """Yield what executes code that the live config does not; `executed` are the hashes of what that does."""
    for tag in draft["tags"]:
        if not tag["enabled"] or code_hash(load_of(tag)) in executed:
            continue
        if is_code(tag, catalogue):
            what = (
                translatable("code of the site's own")
                if is_custom(tag)
                else translatable("other code than the catalogue gives for it")
            )
            yield f"{tag['name']} runs {what}"
        elif is_container(tag, catalogue):
            yield translatable(f"{tag['name']} is a container and runs whatever is set in it elsewhere")
        elif hosts := typed_hosts(tag, catalogue):
            yield translatable(
                f"{tag['name']} loads its code from {', '.join(hosts)}, which is none of its vendor's hosts"
            )


def _first_essentials(draft: Draft, catalogue: Catalogue) -> Iterator[str]:
    for tag in draft["tags"]:
        template = template_of(tag, catalogue)
        if tag["group"] == ESSENTIAL and template is not None and template.group != ESSENTIAL:
            yield translatable(f"{tag['name']} becomes essential and runs without consent")
    groups = {
        (one["name"], one["kind"]): one["group"]
        for vendor in catalogue.vendors
        if any(vendor.id == tag["vendor"] for tag in draft["tags"])
        for one in vendor.document["cookies"]
    }
    for cookie in draft["cookies"]:
        if cookie["group"] == ESSENTIAL and groups.get((cookie["name"], cookie["kind"]), ESSENTIAL) != ESSENTIAL:
            yield translatable(f"{cookie['name']} becomes essential and stays after a refusal")


def _essentials(draft: Draft, live: Config) -> Iterator[str]:
    known = {tag["id"] for tag in live["tags"] if tag["group"] == ESSENTIAL}
    for tag in draft["tags"]:
        if tag["group"] == ESSENTIAL and tag["id"] not in known:
            yield translatable(f"{tag['name']} becomes essential and runs without consent")
    cookies = {(one["name"], one["kind"]) for one in live["cookies"] if one["group"] != ESSENTIAL}
    for cookie in draft["cookies"]:
        if cookie["group"] == ESSENTIAL and (cookie["name"], cookie["kind"]) in cookies:
            yield translatable(f"{cookie['name']} becomes essential and stays after a refusal")


def _hosts(draft: Draft, live: Config) -> Iterator[str]:
    for host in draft["hosts"]:
        if host not in live["hosts"]:
            yield translatable(f"{host} is a new host")
