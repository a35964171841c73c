"""Announce a choice to other systems: the event of a receipt, of an account change, or of a device kept apart."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.core.account import VENDOR, Account
from consent.core.choice import parse_choice
from consent.core.decide import Signals
from consent.core.documents.resolved import Resolved
from consent.core.rules import Place
from consent.core.sharing.account_group import account_as_seen_from
from consent.delivery.announce import ON_ACCOUNT, ON_BROWSER
from consent.delivery.event import Subject, new_event
from consent.delivery.live_receivers import LiveReceivers
from consent.runtime.account_events import Allowed, allowed_by_account, allowed_by_choice, event_data
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.receipt_claims import utc
from consent.storage.delivery import outbox
from consent.storage.delivery.outbox import NewEvent
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.subjects import realms
from consent.storage.subjects.accounts import Found
from consent.subjects.accounts import SignedIn

ON_DEVICE = "device"
MAX_COOKIE_LENGTH = 256


def browser_event(
    context: ApiContext,
    request: Request,
    config: CompiledConfig,
    receipt: NewReceipt,
    *,
    requested: Mapping[str, bool | None],
    allowed: Allowed,
    chosen_at: int | None,
    is_known: bool,
    scope: str = ON_BROWSER,
) -> NewEvent | None:
    """Return the event of a browser's choice, or None if the site has no receiver or none could act on it.

    A first refusal goes to nobody, since no receiver knows this browser. `is_known` is whether one may know it.
    """
    live = context.privacy.delivery.directory.of_site(config.site_id)
    if live is None:
        return None
    browser = browser_ids(request, live)
    is_granting = any(allowed["groups"].values())
    if not (browser or is_granting or is_known):
        return None
    answers: dict[str, bool] = {group: answer for group, answer in requested.items() if answer is not None}
    answers |= {VENDOR + vendor: answer for vendor, answer in receipt.vendor_answers.items()}
    data = event_data(
        config, answers, allowed, Place(receipt.country, receipt.subdivision), receipt.regime, gpc=receipt.gpc
    )
    data |= {"action": receipt.action, "method": receipt.method, "scope": scope}
    data["chosen_at"] = utc(chosen_at if chosen_at is not None else receipt.time)
    if receipt.expires is not None and receipt.grants:
        data["expires"] = utc(receipt.expires)
    subject = Subject(receipt.visitor or receipt.id, browser=browser)
    keys = context.privacy.delivery.keys
    return new_event(keys, config.site_id, subject, data, time=receipt.time, receipt_id=receipt.id)


def announce_account(
    context: ApiContext,
    connection: Connection,
    config: CompiledConfig,
    signed_in: SignedIn,
    found: Found,
    number: str,
    *,
    resolved: Resolved,
    day: int,
    place: Place,
    answers: Mapping[str, bool],
    action: str,
    method: str,
    time: int,
    receipt_id: str | None,
) -> None:
    """Write the event of what an account now allows, in the transaction that changes it.

    `answers` are the visitor's answers, by target. Other numbers merged into this account get the same event: receivers
    know them by their own names. Receivers of other sites that share the account get what it allows there.
    """
    delivery = context.privacy.delivery
    facts = {"action": action, "method": method, "scope": ON_ACCOUNT, "chosen_at": utc(time)}
    for site, account in _sharing(context, connection, config, signed_in, found):
        if delivery.directory.of_site(site.site_id) is None:
            continue
        rule = resolved if site is config else site.resolved_for(place, time, None)
        # On the other sites, grants count only as far as `allowed` says.
        changes = answers if site is config else {name: answer for name, answer in answers.items() if not answer}
        allowed = allowed_by_account(site, account, rule, day)
        data = event_data(site, changes, allowed, place, rule["regime"], gpc=bool(account.gpc)) | facts
        if signed_in.sub:
            delivery.announcer.keep_sub(connection, site.site_id, number, signed_in.sub)
        for one in dict.fromkeys((number, *found.others)):
            subject = Subject(one, account.version, signed_in.sub)
            known = receipt_id if one == number else None
            outbox.add(connection, new_event(delivery.keys, site.site_id, subject, data, time=time, receipt_id=known))


def _sharing(
    context: ApiContext, connection: Connection, config: CompiledConfig, signed_in: SignedIn, found: Found
) -> Iterator[tuple[CompiledConfig, Account]]:
    """Yield the live configs of the sites that share an account, and what counts there; `config` made the change."""
    yield config, found.account
    if not signed_in.is_shared:
        return
    subjects = context.privacy.subjects
    whole = subjects.shared_document(signed_in, found)
    for site in realms.sites_in(connection, signed_in.realm):
        other = context.configs.live.get(site.key) if site.id != config.site_id else None
        if other is not None:
            yield other, account_as_seen_from(whole, site.key, subjects.terms_of)


@lru_cache(1024)
def allowed_by_cookie(
    config: CompiledConfig, country: str | None, subdivision: str | None, time: int, signals: Signals, choice: str
) -> Allowed:
    """Return what a cookie's choice allows in a place at a moment of law `time`; most visitors choose the same."""
    resolved = config.resolved_at(country, subdivision, time)
    return allowed_by_choice(config, resolved, resolved["day"], signals, parse_choice(choice))


def browser_ids(request: Request, live: LiveReceivers) -> dict[str, str]:
    """Return the ids from receivers' own cookies, which this browser sends if the service is on the site's domain."""
    ids = {}
    for name, cookie, pattern in live.cookies:
        value = _cookie_with_prefix(request, cookie[:-1]) if cookie.endswith("*") else request.cookie(cookie)
        match = pattern.fullmatch(value) if value and len(value) <= MAX_COOKIE_LENGTH else None
        if match:
            ids[name] = match[1] if match.lastindex else match[0]
    return ids


def _cookie_with_prefix(request: Request, prefix: str) -> str | None:
    match = re.search(rf"(?:^|;\s*){re.escape(prefix)}[^=;]*=([^;]*)", request.header("Cookie") or "")
    return match[1].strip() if match else None
