"""Decide on unknown third-party hosts: allow, keep blocking, or create a custom vendor."""

from typing import NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.core.documents.config import Draft
from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import matches
from consent.core.translatable import translatable
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.frame.undo_tokens import flash_undo
from consent.runtime.blocking import ASK, HOLD
from consent.sites.add_found_tags import UNKNOWN, Offer, offers
from consent.sites.in_page_tags import hosts_of
from consent.sites.seen_in_page import checked_tags, scanned_tags
from consent.storage.database.base import db
from consent.storage.scans import reviews
from consent.storage.scans.reviews import Decided
from consent.storage.sites.sites import SiteRow

HELD_AS = "advertising"
"""The group whose grant an unknown third party waits for."""
PAGES = {"check": "check", "scan": "scan", "review": "review_queue", "tags": "tags"}
"""Pages that have these buttons, by the value of the field `back`."""


class UnknownHost(NamedTuple):
    """A host without a known vendor; `answer` is `run`, `hold`, or empty if no user has decided."""

    host: str
    address: str
    held: bool
    answer: str


@blueprint.post("/sites/<site>/hosts/allowed")
@allowed("edit_overrides")
def allow_host(site: SiteRow) -> ResponseReturnValue:
    """Allow an unknown host without consent, or block it again."""
    host, is_allowed = _host(site), request.form.get("allowed") == "1"
    change_draft(site, lambda draft: with_allowed_host(draft, host, is_allowed))
    text = (
        gettext("%(host)s may run in the draft.", host=host)
        if is_allowed
        else gettext("%(host)s is blocked in the draft.", host=host)
    )
    return _back(site, text, "dashboard.allow_host", {"host": host, "allowed": "0" if is_allowed else "1"})


@blueprint.post("/sites/<site>/hosts/held")
@allowed("review")
def set_host_blocked(site: SiteRow) -> ResponseReturnValue:
    """Record that a user wants an unknown host blocked, or revert that."""
    host, is_held = _host(site), request.form.get("held") == "1"
    key = ("host", host, host)
    if is_held:
        reason = translatable("A user keeps it blocked until a visitor accepts advertising.")
        decided = Decided(*key, HELD_AS, None, reason, current_user.audit_id, services().now)
        reviews.decide(db.session, site.id, decided)
        audit(site, "review.decided", f"host {host}", None, {"group": HELD_AS, "purpose": None, "reason": reason})
    elif taken := reviews.take_back(db.session, site.id, key):
        decision = {"group": taken.group, "purpose": taken.purpose, "reason": taken.reason}
        audit(site, "review.reverted", f"host {host}", decision, None)
    db.session.commit()
    text = (
        gettext("%(host)s stays blocked.", host=host)
        if is_held
        else gettext("%(host)s waits for an answer again.", host=host)
    )
    return _back(site, text, "dashboard.set_host_blocked", {"host": host, "held": "0" if is_held else "1"})


def with_allowed_host(draft: Draft, host: str, is_allowed: bool) -> Draft:
    """Return `draft` with or without `host` among the hosts that are never blocked."""
    others = [entry for entry in draft["overrides"].get("allowed_hosts", []) if entry != host]
    return draft | {"overrides": draft["overrides"] | {"allowed_hosts": [*others, host] if is_allowed else others}}


def unknown_hosts(site: SiteRow, draft: Draft, offered: list[Offer]) -> list[UnknownHost]:
    """Return the hosts without a known vendor among what was found, each once, with the users' decisions."""
    decided = {one.host for one in reviews.decisions(db.session, site.id) if _is_blocked(one)}
    entries = draft["overrides"].get("allowed_hosts", [])
    known = [entry for vendor in draft["vendors"] for entry in hosts_of(draft, vendor)]
    hosts: dict[str, UnknownHost] = {}
    for offer in offered:
        address = offer.found.address or offer.host
        if offer.state == UNKNOWN and offer.host not in hosts and not any(matches(address, one) for one in known):
            is_allowed = any(matches(address, entry) for entry in entries)
            answer = "run" if is_allowed else "hold" if offer.host in decided else ""
            hosts[offer.host] = UnknownHost(offer.host, offer.found.address, offer.found.held, answer)
    return list(hosts.values())


def open_questions(site: SiteRow, draft: Draft) -> list[UnknownHost]:
    """Return the unknown hosts that wait for a decision, if the site requires one on each."""
    if draft["overrides"].get("unknown_hosts", HOLD) != ASK:
        return []
    return [one for one in unknown_hosts(site, draft, all_offers(site, draft)) if not one.answer]


def all_offers(site: SiteRow, draft: Draft) -> list[Offer]:
    """Return everything that the last check, scans and visitors' browsers have found, with possible actions."""
    live, catalog = site_state(site).live, catalog_of(site)
    checked = checked_tags(db.session, site.id, live)
    return offers(draft, [*checked, *scanned_tags(db.session, site.id, live, catalog)], catalog)


def _is_blocked(one: Decided) -> bool:
    return one.kind == "host" and one.group != ESSENTIAL


def _host(site: SiteRow) -> str:
    """Return the host in the form. Answers 404 if no check, scan or browser has found it."""
    host = request.form.get("host", "")
    draft = site_state(site).draft
    if host not in {one.host for one in unknown_hosts(site, draft, all_offers(site, draft))}:
        abort(404)
    return host


def _back(site: SiteRow, text: str, endpoint: str, values: dict[str, str]) -> ResponseReturnValue:
    """Redirect to the page that sent the form, with an undo button."""
    page = request.form.get("back", "")
    where = page if page in PAGES else "tags"
    flash_undo(text, url_for(endpoint, site=site.key), values | {"back": where})
    return redirect(url_for(f"dashboard.{PAGES[where]}", site=site.key))
