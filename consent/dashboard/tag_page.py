"""One tag: what it is, and the pages, places and days it is limited to."""

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.words import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.snapshots.draft import Draft, DraftError, change_tag, group_reason
from consent.snapshots.texts import purpose_texts
from consent.storage.sites import FoundSite

LISTS = ("pages.only", "pages.except", "places.only", "places.except")
DAYS = ("schedule.from", "schedule.until")
MODE_WORDS = {
    "cookieless": "It is loaded without a grant too and sends pings without cookies. A regulator may see even that as "
    "access to the visitor's device, which needs consent in Europe.",
    "restricted": "Where it may run until it is refused, a refusal leaves it running with limited data use. Where a grant "
    "is asked for first, it stays held.",
}
"""What each mode means, for whoever declares it."""


@blueprint.get("/sites/<site>/tags/<tag>")
@allowed("see")
def tag_page(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Show a tag of the draft."""
    draft = site_state(site).draft
    return _page(draft, find_tag(draft, tag), {}, {})


@blueprint.post("/sites/<site>/tags/<tag>/limits")
@allowed("edit_tags")
def limit_tag(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Save the limits of a tag in the draft."""
    try:
        change_draft(site, lambda draft: _limited(draft, tag))
    except DraftError as error:
        return faulty_page(site, tag, error), 422
    flash("The limits are saved in the draft.", "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def faulty_page(site: FoundSite, tag: str, error: DraftError) -> str:
    """Return the page with what was typed, and the sentences of `error` beside the fields."""
    draft = site_state(site).draft
    return _page(draft, find_tag(draft, tag), _by_field(error), dict(request.form))


def find_tag(draft: Draft, tag_id: str) -> dict[str, Any]:
    """Return the tag `tag_id` of `draft`; answers 404 where there is none."""
    found: dict[str, Any] | None = next((tag for tag in draft["tags"] if tag["id"] == tag_id), None)
    if found is None:
        abort(404)
    return found


def _limited(draft: Draft, tag_id: str) -> Draft:
    find_tag(draft, tag_id)
    facts: dict[str, Any] = {"pages": {}, "places": {}, "schedule": {}}
    for name in LISTS:
        part, side = name.split(".")
        entries = [entry for entry in re.split(r"[\s,]+", request.form.get(name, "")) if entry]
        facts[part][side] = [entry.upper() for entry in entries] if part == "places" else entries
    for name in DAYS:
        facts["schedule"][name.split(".")[1]] = request.form.get(name) or None
    return change_tag(draft, tag_id, facts)


def offered_mode(tag: dict[str, Any]) -> str | None:
    """Return the limited mode that the catalogue knows of the tag's product."""
    try:
        return services().catalogue.vendor(tag["vendor"]).tag(tag["template"]).limited
    except KeyError:
        return None  # a tag that somebody wrote by hand


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by the names of the form: `tags.3.pages.only.0` is `pages.only`."""
    found: dict[str, str] = {}
    for path, sentence in error.fields.items():
        parts = path.split(".")
        found.setdefault(".".join(parts[2:4]) if parts[0] == "tags" else path, sentence)
    return found


def _page(draft: Draft, tag: dict[str, Any], errors: dict[str, str], typed: dict[str, str]) -> str:
    values = {name: "\n".join(tag[name.split(".")[0]][name.split(".")[1]]) for name in LISTS}
    values |= {"limited": tag["limited"] or "", "limited_reason": tag.get("limited_reason", "")}
    values |= {name: tag["schedule"][name.split(".")[1]] or "" for name in DAYS}
    return render_template(
        "dashboard/tag_page.html",
        tag=tag,
        vendor=next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"]),
        cookies=[cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
        purposes=purpose_texts("en"),
        group_reason=group_reason(draft, tag),
        values=values | typed,
        errors=errors,
        mode=offered_mode(tag),
        mode_words=MODE_WORDS,
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )
