"""Hosts that belong to nobody: each is let run, stays held, or gets a vendor of the site's own."""

from typing import NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.core.addresses import matches
from consent.core.groups import ESSENTIAL
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import catalogue_of
from consent.dashboard.telling import tell
from consent.dashboard.undo import flash_undo
from consent.snapshots.add_found import UNKNOWN, Offer, offers
from consent.snapshots.blocking import ASK, HOLD
from consent.snapshots.draft import Draft
from consent.snapshots.in_page import hosts_of
from consent.snapshots.seen_in_page import checked_tags, scanned_tags
from consent.storage import reviews
from consent.storage.models import db
from consent.storage.reviews import Decided
from consent.storage.sites import FoundSite

HELD_AS = "advertising"
"""The group by which a third party that nobody knows waits."""
PAGES = {"check": "check", "scan": "scan", "review": "review_queue", "tags": "tags"}
"""Pages that have these buttons, by the word that leads back."""


class UnknownHost(NamedTuple):
    """A host of nobody; `answer` is `run`, `hold`, or empty where no person has answered."""

    host: str
    address: str
    held: bool
    answer: str


@blueprint.post("/sites/<site>/hosts/allowed")
@allowed("edit_overrides")
def allow_host(site: FoundSite) -> ResponseReturnValue:
    """Let a host of nobody run without a choice, or hold it again."""
    host, is_allowed = _host(site), request.form.get("allowed") == "1"
    change_draft(site, lambda draft: with_allowed_host(draft, host, is_allowed))
    text = f"{host} may run in the draft." if is_allowed else f"{host} is held in the draft."
    return _back(site, text, "dashboard.allow_host", {"host": host, "allowed": "0" if is_allowed else "1"})


@blueprint.post("/sites/<site>/hosts/held")
@allowed("review")
def keep_holding(site: FoundSite) -> ResponseReturnValue:
    """Note that a person wants a host of nobody held, or take that back."""
    host, is_held = _host(site), request.form.get("held") == "1"
    key = ("host", host, host)
    if is_held:
        reason = "Somebody looked at it and keeps it held until a visitor allows advertising."
        decided = Decided(*key, HELD_AS, None, reason, current_user.audit_id, services().now)
        reviews.decide(db.session, site.id, decided)
        tell(site, "review.decided", f"host {host}", None, {"group": HELD_AS, "purpose": None, "reason": reason})
    elif taken := reviews.take_back(db.session, site.id, key):
        told = {"group": taken.group, "purpose": taken.purpose, "reason": taken.reason}
        tell(site, "review.undone", f"host {host}", told, None)
    db.session.commit()
    text = f"{host} stays held." if is_held else f"{host} waits for an answer again."
    return _back(site, text, "dashboard.keep_holding", {"host": host, "held": "0" if is_held else "1"})


def with_allowed_host(draft: Draft, host: str, is_allowed: bool) -> Draft:
    """Return `draft` with `host` among those that are never held, or without it."""
    others = [entry for entry in draft["overrides"].get("allowed_hosts", []) if entry != host]
    return draft | {"overrides": draft["overrides"] | {"allowed_hosts": [*others, host] if is_allowed else others}}


def unknown_hosts(site: FoundSite, draft: Draft, offered: list[Offer]) -> list[UnknownHost]:
    """Return the hosts of nobody among what was found, each once, with what people have answered."""
    decided = {one.host for one in reviews.decisions(db.session, site.id) if _keeps_held(one)}
    entries = draft["overrides"].get("allowed_hosts", [])
    known = [entry for vendor in draft["vendors"] for entry in hosts_of(draft, vendor)]
    found: dict[str, UnknownHost] = {}
    for offer in offered:
        address = offer.found.address or offer.host
        if offer.state == UNKNOWN and offer.host not in found and not any(matches(address, one) for one in known):
            is_allowed = any(matches(address, entry) for entry in entries)
            answer = "run" if is_allowed else "hold" if offer.host in decided else ""
            found[offer.host] = UnknownHost(offer.host, offer.found.address, offer.found.held, answer)
    return list(found.values())


def open_questions(site: FoundSite, draft: Draft) -> list[UnknownHost]:
    """Return the hosts of nobody that wait for a person, where the site asks for each."""
    if draft["overrides"].get("unknown_hosts", HOLD) != ASK:
        return []
    return [one for one in unknown_hosts(site, draft, all_offers(site, draft)) if not one.answer]


def all_offers(site: FoundSite, draft: Draft) -> list[Offer]:
    """Return all that the last check, scans and visitors' browsers have found, with what can be done about it."""
    live, catalogue = site_state(site).live, catalogue_of(site)
    checked = checked_tags(db.session, site.id, live)
    return offers(draft, [*checked, *scanned_tags(db.session, site.id, live, catalogue)], catalogue)


def _keeps_held(one: Decided) -> bool:
    return one.kind == "host" and one.group != ESSENTIAL


def _host(site: FoundSite) -> str:
    """Return the host that the form names, which a check, a scan or a browser has met."""
    host = request.form.get("host", "")
    draft = site_state(site).draft
    if host not in {one.host for one in unknown_hosts(site, draft, all_offers(site, draft))}:
        abort(404)
    return host


def _back(site: FoundSite, text: str, endpoint: str, values: dict[str, str]) -> ResponseReturnValue:
    """Go back to the page of the press, with a way to take it back."""
    page = request.form.get("back", "")
    where = page if page in PAGES else "tags"
    flash_undo(text, url_for(endpoint, site=site.key), values | {"back": where})
    return redirect(url_for(f"dashboard.{PAGES[where]}", site=site.key))
