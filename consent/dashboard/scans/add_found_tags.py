"""Add the tags that a check or scan found in the page to the draft, with undo."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.core.documents.config import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import GROUP_WORDS
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.frame.undo_tokens import flash_undo, seal, unseal
from consent.dashboard.tags.add_tag import necessity_of
from consent.dashboard.tags.unknown_hosts import HELD_AS, UnknownHost, unknown_hosts
from consent.runtime.blocking import HOLD, RUN
from consent.sites.add_found_tags import (
    CONFIRM,
    ELSEWHERE,
    NEW,
    TWICE,
    UNKNOWN,
    Added,
    Offer,
    add,
    offers,
    take_back,
    unasked,
)
from consent.sites.draft import DraftError
from consent.sites.found_tags import BROWSER, HTML, TAG_MANAGER
from consent.sites.seen_in_page import checked_tags, scanned_tags
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

SOURCE_WORDS = Labels(
    {
        HTML: "in the HTML of the page",
        BROWSER: "by a browser that opened the page",
        TAG_MANAGER: "through the page's Tag Manager",
    }
)


class FoundSummary:
    """What a check or scan (`source`) found on a site, for display."""

    def __init__(self, site: SiteRow, draft: Draft, source: str) -> None:
        self.source, self._draft = source, draft
        self.setting = draft["overrides"].get("unknown_hosts", HOLD)
        live, catalog = site_state(site).live, catalog_of(site)
        self.live_tags = {tag["id"] for tag in live["tags"] if tag["enabled"]} if live else set()
        readers = {
            "check": lambda: checked_tags(db.session, site.id, live),
            "scan": lambda: scanned_tags(db.session, site.id, live, catalog),
        }[source]()
        self.offers = offers(draft, readers, catalog)
        self.hosts: list[UnknownHost] = unknown_hosts(site, draft, self.offers)

    @property
    def awaited(self) -> list[str]:
        """Return the groups that the page's unknown third parties wait for."""
        waits = self.setting != RUN and any(host.answer != RUN for host in self.hosts)
        return [HELD_AS] if waits else []

    @property
    def unasked(self) -> list[str]:
        """Return those of `awaited` that the draft doesn't ask visitors for."""
        return unasked(self._draft, self.awaited)

    @property
    def tags(self) -> list[Offer]:
        """Return the tags of known vendors, with those that can be added first."""
        order = (NEW, TWICE, ELSEWHERE, CONFIRM)
        known = [offer for offer in self.offers if offer.state != UNKNOWN]
        return sorted(known, key=lambda offer: order.index(offer.state) if offer.state in order else len(order))

    @property
    def to_add(self) -> int:
        """Return how many kinds of tags the button would add or switch, not counting those to confirm."""
        return len({(offer.key, offer.tag) for offer in self.offers if offer.state in (NEW, TWICE, ELSEWHERE)})

    @property
    def to_confirm(self) -> dict[str, tuple[Offer, str]]:
        """Return the essential tags by key, each with a suggested sentence on its necessity for the user to edit."""
        unconfirmed = {offer.key: offer for offer in self.offers if offer.state == CONFIRM}
        return {
            key: (offer, necessity_of(offer.template) if offer.template else "") for key, offer in unconfirmed.items()
        }


@blueprint.post("/sites/<site>/found")
@allowed("edit_tags")
def add_detected_tags(site: SiteRow) -> ResponseReturnValue:
    """Add what was found to the draft, with each tag marked as already in the page."""
    source = request.form.get("source")
    if source not in ("check", "scan"):
        abort(400)
    necessities = _necessities()
    if not all(necessities.values()):
        flash(gettext("Say for each essential tag what does not work without it."), "error")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    done = Added([], [], {}, {}, [])

    def change(draft: Draft) -> Draft:
        nonlocal done
        found = FoundSummary(site, draft, source)
        new, done = add(draft, found.offers, necessities, found.awaited)
        return new

    try:
        change_draft(site, change)
    except DraftError as error:
        flash(" ".join(error.fields.values()), "error")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    if not any(done):
        flash(gettext("There was nothing to add."), "info")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    url = url_for("dashboard.undo_detected_tags", site=site.key)
    flash_undo(_words(done), url, {"parts": seal(site, "found", done._asdict())})
    return redirect(url_for("dashboard.tags", site=site.key))


@blueprint.post("/sites/<site>/found/undone")
@allowed("edit_tags")
def undo_detected_tags(site: SiteRow) -> ResponseReturnValue:
    """Remove from the draft what was added together."""
    added = Added(**unseal(site, "found", request.form.get("parts", "")))
    change_draft(site, lambda draft: take_back(draft, added))
    flash(gettext("The draft is as it was before."), "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def _necessities() -> dict[str, str]:
    """Return the necessity that the user stated for each ticked essential tag, by key."""
    ticked = request.form.getlist("essential")
    return {key: " ".join(request.form.get(f"necessity {key}", "").split())[:500] for key in ticked}


def _words(done: Added) -> str:
    parts = []
    if done.new:
        parts.append(ngettext("%(num)s tag added", "%(num)s tags added", len(done.new)))
    if done.switched:
        parts.append(gettext("%(count)s left to the page", count=len(done.switched)))
    if hosts := [host for one in (*done.hosts.values(), *done.mounts.values()) for host in one]:
        parts.append(gettext("known at %(hosts)s", hosts=", ".join(hosts[:3])))
    if done.asked:
        groups = f" {gettext('and')} ".join(GROUP_WORDS[group].lower() for group in done.asked)
        parts.append(gettext("visitors are asked for %(groups)s, which unknown third parties wait for", groups=groups))
    return gettext("In the draft: %(parts)s.", parts=", ".join(parts))
