"""One tag: what it is, and the pages, places and days it is limited to."""

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.code_form import see
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.locale import language_words
from consent.dashboard.page_vendors import page_vendors
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import catalogue_flags, catalogue_of, template_of
from consent.dashboard.words import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.proof.audit_words import FORMER
from consent.snapshots.custom import code_hash, is_approved, is_custom
from consent.snapshots.draft import Draft, DraftError, change_tag, group_reason
from consent.snapshots.in_page import MARKED, hosts_of
from consent.snapshots.pasted import Pasted
from consent.snapshots.texts import purpose_texts
from consent.snapshots.time_zones import UTC
from consent.storage import actors
from consent.storage.models import db
from consent.storage.sites import FoundSite

LISTS = ("pages.only", "pages.except", "places.only", "places.except")
DAYS = ("schedule.from", "schedule.until")
MODE_WORDS = {
    "cookieless": "It is loaded without a grant too and sends pings without cookies. A regulator may see even that as "
    "access to the visitor's device, which needs consent in Europe.",
    "restricted": "In the eleven US states for which the vendor offers limited data use, a refusal leaves it running with "
    "that. Everywhere else a refusal holds it.",
}
"""What each mode means, for whoever declares it."""


@blueprint.get("/sites/<site>/tags/<tag>")
@allowed("see")
def tag_page(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Show a tag of the draft."""
    draft = site_state(site).draft
    return _page(site, draft, find_tag(draft, tag), {}, {})


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
    return _page(site, draft, find_tag(draft, tag), _by_field(error), request.form.to_dict())


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
    facts["languages"] = request.form.getlist("languages")
    for name in DAYS:
        facts["schedule"][name.split(".")[1]] = request.form.get(name) or None
    return change_tag(draft, tag_id, facts)


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by the names of the form: `tags.3.pages.only.0` is `pages.only`."""
    found: dict[str, str] = {}
    for path, sentence in error.fields.items():
        parts = path.split(".")
        found.setdefault(".".join(parts[2:4]) if parts[0] == "tags" else path, sentence)
    return found


def _page(site: FoundSite, draft: Draft, tag: dict[str, Any], errors: dict[str, str], typed: dict[str, str]) -> str:
    template = template_of(site, tag)
    vendor = next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"])
    return render_template(
        "dashboard/tag_page.html",
        tag=tag,
        vendor=vendor,
        hosts=hosts_of(draft, vendor),
        cookies=[cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
        purposes=purpose_texts("en"),
        group_reason=group_reason(draft, tag),
        values=_values(tag) | typed,
        errors=errors,
        languages=_language_choices(draft, tag),
        time_zone=draft["overrides"].get("time_zone", UTC),
        payment_paths=draft["overrides"].get("payment_paths", []),
        flags=catalogue_flags(site, tag),
        is_known=template is not None,
        fields=template.parameters if template and template.load["type"] != MARKED else (),
        is_marked=tag["load"]["type"] == MARKED and not tag.get("in_page"),
        is_seen=tag["vendor"] in page_vendors(site),
        qualifies=template.qualifies if template else (),
        exemptions=services().rules.exemptions(tag["group"]),
        mode=template.limited if template else None,
        **_code(site, tag),
        mode_words=MODE_WORDS,
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )


def _code(site: FoundSite, tag: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of custom code; nothing for other tags."""
    if not is_custom(tag):
        return {}
    approved = tag["approved"] if is_approved(tag) else None
    names = actors.names_of(db.session, {approved["by"]}) if approved else {}
    return {
        "seen": see(Pasted(tag["load"]["nodes"], []), catalogue_of(site)),
        "code_hash": code_hash(tag["load"]),
        "approver": names.get(approved["by"], FORMER) if approved else "",
    }


def _values(tag: dict[str, Any]) -> dict[str, str]:
    """Return what the fields of the page hold before somebody types."""
    values = {name: "\n".join(tag[name.split(".")[0]][name.split(".")[1]]) for name in LISTS}
    values |= {name: tag["schedule"][name.split(".")[1]] or "" for name in DAYS}
    notes = ("limited", "limited_reason", "flags_note", "payment_note", "necessity")
    values |= {name: tag.get(name) or "" for name in notes}
    values |= tag["parameters"]
    return values | {"in_page": "1" if tag.get("in_page") else ""}


def _language_choices(draft: Draft, tag: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return each language of the site, and those that the tag was limited to before, with its name and whether it is."""
    limited = tag.get("languages", [])
    codes = dict.fromkeys([*draft["texts"]["languages"], *limited])
    return sorted(((code, language_words(code), code in limited) for code in codes), key=lambda choice: choice[1])
