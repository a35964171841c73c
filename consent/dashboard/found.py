"""*Add what was found*: the tags that a check or a scan saw in the page come into the draft by one press."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.site_catalogue import catalogue_of
from consent.dashboard.tag_new import necessity_of
from consent.dashboard.undo import flash_undo, seal, unseal
from consent.dashboard.unknown_hosts import UnknownHost, unknown_hosts
from consent.snapshots.add_found import CONFIRM, ELSEWHERE, NEW, TWICE, UNKNOWN, Added, Offer, add, offers, take_back
from consent.snapshots.blocking import HOLD
from consent.snapshots.draft import Draft, DraftError
from consent.snapshots.found_tags import BROWSER, HTML, TAG_MANAGER
from consent.snapshots.seen_in_page import checked_tags, scanned_tags
from consent.storage.models import db
from consent.storage.sites import FoundSite

SOURCE_WORDS = {
    HTML: "in the HTML of the page",
    BROWSER: "by a browser that opened the page",
    TAG_MANAGER: "through the page's Tag Manager",
}


class Found:
    """What a check or a scan (`source`) found on a site, as pages show it."""

    def __init__(self, site: FoundSite, draft: Draft, source: str) -> None:
        self.source = source
        self.setting = draft["overrides"].get("unknown_hosts", HOLD)
        live, catalogue = site_state(site).live, catalogue_of(site)
        found = {
            "check": lambda: checked_tags(db.session, site.id, live),
            "scan": lambda: scanned_tags(db.session, site.id, live, catalogue),
        }[source]()
        self.offers = offers(draft, found, catalogue)
        self.hosts: list[UnknownHost] = unknown_hosts(site, draft, self.offers)

    @property
    def tags(self) -> list[Offer]:
        """Return what belongs to a vendor, what can be added first."""
        order = (NEW, TWICE, ELSEWHERE, CONFIRM)
        known = [offer for offer in self.offers if offer.state != UNKNOWN]
        return sorted(known, key=lambda offer: order.index(offer.state) if offer.state in order else len(order))

    @property
    def to_add(self) -> int:
        """Return how many kinds of tags a press would add or switch, whatever is confirmed beside it."""
        return len({(offer.key, offer.tag) for offer in self.offers if offer.state in (NEW, TWICE, ELSEWHERE)})

    @property
    def to_confirm(self) -> dict[str, tuple[Offer, str]]:
        """Return what is essential, by its key, with a sentence on what needs it for a person to correct."""
        asked = {offer.key: offer for offer in self.offers if offer.state == CONFIRM}
        return {key: (offer, necessity_of(offer.template) if offer.template else "") for key, offer in asked.items()}


@blueprint.post("/sites/<site>/found")
@allowed("edit_tags")
def add_found(site: FoundSite) -> ResponseReturnValue:
    """Add what was found to the draft: each tag as one that stands in the page."""
    source = request.form.get("source")
    if source not in ("check", "scan"):
        abort(400)
    said = _necessities()
    if not all(said.values()):
        flash("Say of each essential tag what does not work without it.", "error")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    done = Added([], [], {})

    def change(draft: Draft) -> Draft:
        nonlocal done
        new, done = add(draft, Found(site, draft, source).offers, said)
        return new

    try:
        change_draft(site, change)
    except DraftError as error:
        flash(" ".join(error.fields.values()), "error")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    if not any(done):
        flash("There was nothing to add.", "info")
        return redirect(url_for(f"dashboard.{source}", site=site.key))
    url = url_for("dashboard.undo_found", site=site.key)
    flash_undo(_words(done), url, {"parts": seal(site, "found", done._asdict())})
    return redirect(url_for("dashboard.tags", site=site.key))


@blueprint.post("/sites/<site>/found/undone")
@allowed("edit_tags")
def undo_found(site: FoundSite) -> ResponseReturnValue:
    """Take out of the draft what a press had added."""
    added = Added(**unseal(site, "found", request.form.get("parts", "")))
    change_draft(site, lambda draft: take_back(draft, added))
    flash("The draft is as it was before.", "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def _necessities() -> dict[str, str]:
    """Return by key what the person says of each essential tag that was ticked."""
    ticked = request.form.getlist("essential")
    return {key: " ".join(request.form.get(f"necessity {key}", "").split())[:500] for key in ticked}


def _words(done: Added) -> str:
    told = []
    if done.new:
        told.append(f"{len(done.new)} tag{'s' if len(done.new) != 1 else ''} added")
    if done.switched:
        told.append(f"{len(done.switched)} left to the page")
    if hosts := [host for one in done.hosts.values() for host in one]:
        told.append(f"known at {', '.join(hosts[:3])}")
    return f"In the draft: {', '.join(told)}."
