"""Accounts shared by a group of sites: which sites may join, what a publish confirms, and how a site leaves.

The operator sets the realm of a group, and each site's owner confirms it by publishing it; both are needed. All sites
of a realm belong to one controller.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Config, Draft
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.sites.draft_validation import DraftProblem
from consent.storage.accounts import site_groups
from consent.storage.database.base import Transaction
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import realms

PATH = "overrides.account_group"


def realm_in(document: Draft | Config | None) -> str | None:
    """Return the realm in a draft or config, or None."""
    shared = document["overrides"].get("account_group") if document else None
    return shared["realm"] if shared else None


def group_problems(transaction: Transaction, site: SiteRow, draft: Draft) -> Iterator[DraftProblem]:
    """Yield what prevents a draft's accounts from being shared: no such group, no accounts, or another controller."""
    realm = realm_in(draft)
    if realm is None:
        return
    if realm not in site_groups.realms_of(transaction, site.id):
        words = translatable(f"This site is in no group that shares accounts as {realm}.")
        yield DraftProblem(PATH, words)
    if not draft["overrides"].get("accounts"):
        yield DraftProblem(PATH, translatable("Turn on choices that follow who is signed in, or share no accounts."))
    for other in realms.sites_in(transaction, realm):
        body = live_document(transaction, other.key) if other.id != site.id else None
        if body and body["controller"]["name"] != draft["controller"]["name"]:
            yield DraftProblem(
                PATH,
                f"{other.key} has another controller than this site: accounts are shared by the sites of one controller.",
                "GDPR art. 4(7)",
            )


def live_document(transaction: Transaction, key: str) -> Config | None:
    """Return the live config of the site `key`, or None."""
    site = sites.by_key(transaction, key)
    return configs.get_document(transaction, site.live_config) if site else None


def settle_realm(transaction: Connection, site: SiteRow, document: Config | None, by: Author, now: int) -> None:
    """Share the site's accounts if both its live config `document` and its groups say so, else stop sharing them."""
    named = realm_in(document)
    realm = named if named in site_groups.realms_of(transaction, site.id) else None
    before = realms.of_site(transaction, site.id).present
    if realms.put(transaction, site.id, realm, now // DAY_SECONDS):
        action, was, becomes = (
            ("account_group.joined", before, realm) if realm else ("account_group.left", before, None)
        )
        by.record(transaction, site, action, str(realm or before), _facts(was), _facts(becomes), now)


def settle_realms(transaction: Connection, site_ids: Iterable[int], by: Author) -> None:
    """Settle the realms of sites whose groups have changed."""
    for site_id in site_ids:
        if site := sites.by_id(transaction, site_id):
            settle_realm(transaction, site, live_document(transaction, site.key), by, int(time.time()))


def _facts(realm: str | None) -> dict[str, Any] | None:
    return {"realm": realm} if realm else None
