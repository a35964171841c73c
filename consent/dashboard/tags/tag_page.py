"""Page of one tag: description, and its limits to pages, places and dates."""

import re
from collections.abc import Iterable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.documents import Draft, Tag, TagChange
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.dashboard.frame.locale import language_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalogue import catalogue_flags, template_of, vendor_of
from consent.dashboard.tags.code_approval import shown_code
from consent.dashboard.tags.page_code import code_state, page_code
from consent.dashboard.tags.vendors_in_page import page_vendors
from consent.presentation.texts import purpose_texts
from consent.sites.custom_code import MARKED, load_of
from consent.sites.draft import DraftError, change_tag, group_reason
from consent.sites.in_page_tags import hosts_of
from consent.sites.own_host.mounts import mount_warnings
from consent.sites.seen_in_page import known_pages
from consent.sites.time_zones import UTC
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

MODE_WORDS = {
    "cookieless": "It is loaded without a grant too and sends pings without cookies. A regulator may see even that as "
    "access to the visitor's device, which needs consent in Europe.",
    "restricted": "In the eleven US states for which the vendor offers limited data use, a refusal leaves it running with "
    "that. Everywhere else a refusal holds it.",
}
"""What each mode means, for whoever declares it."""


@blueprint.get("/sites/<site>/tags/<tag>")
@allowed("see")
def tag_page(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Show a tag of the draft."""
    draft = site_state(site).draft
    return _page(site, draft, find_tag(draft, tag), {}, {})


@blueprint.post("/sites/<site>/tags/<tag>/limits")
@allowed("edit_tags")
def limit_tag(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Save the limits of a tag in the draft."""
    try:
        change_draft(site, lambda draft: _limited(draft, tag))
    except DraftError as error:
        return page_with_errors(site, tag, error), 422
    flash("The limits are saved in the draft.", "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def page_with_errors(site: SiteRow, tag: str, error: DraftError) -> str:
    """Return the page with what was typed, and the sentences of `error` beside the fields."""
    draft = site_state(site).draft
    return _page(site, draft, find_tag(draft, tag), _by_field(error), request.form.to_dict())


def find_tag(draft: Draft, tag_id: str) -> Tag:
    """Return the tag `tag_id` of `draft`; answers 404 where there is none."""
    tag = next((tag for tag in draft["tags"] if tag["id"] == tag_id), None)
    if tag is None:
        abort(404)
    return tag


def _limited(draft: Draft, tag_id: str) -> Draft:
    find_tag(draft, tag_id)
    form = request.form
    change: TagChange = {
        "pages": {"only": _entries("pages.only"), "except": _entries("pages.except")},
        "places": {
            "only": [entry.upper() for entry in _entries("places.only")],
            "except": [entry.upper() for entry in _entries("places.except")],
        },
        "schedule": {"from": form.get("schedule.from") or None, "until": form.get("schedule.until") or None},
        "languages": form.getlist("languages"),
    }
    return change_tag(draft, tag_id, change)


def _entries(name: str) -> list[str]:
    """Return what is typed in a field of the form, between blanks and commas."""
    return [entry for entry in re.split(r"[\s,]+", request.form.get(name, "")) if entry]


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by the names of the form: `tags.3.pages.only.0` is `pages.only`."""
    sentences: dict[str, str] = {}
    for path, sentence in error.fields.items():
        parts = path.split(".")
        sentences.setdefault(".".join(parts[2:4]) if parts[0] == "tags" else path, sentence)
    return sentences


def _page(site: SiteRow, draft: Draft, tag: Tag, errors: dict[str, str], typed: dict[str, str]) -> str:
    template, seen = template_of(site, tag), page_vendors(site)
    vendor = next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"])
    return render_template(
        "dashboard/tags/tag_page.html",
        tag=tag,
        vendor=vendor,
        hosts=hosts_of(draft, vendor),
        cookies=[cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
        purposes=purpose_texts("en"),
        group_reason=group_reason(draft, tag),
        values=_values(tag, vendor.get("mounts", ())) | typed,
        covering=[*mount_warnings(draft | {"vendors": [vendor]}, known_pages(db.session, site.id))],
        errors=errors,
        languages=_language_choices(draft, tag),
        time_zone=draft["overrides"].get("time_zone", UTC),
        payment_paths=draft["overrides"].get("payment_paths", []),
        flags=catalogue_flags(site, tag),
        is_known=template is not None,
        fields=template.parameters if template and template.load["type"] != MARKED else (),
        is_marked=(template.load if template else tag["load"])["type"] == MARKED and not tag.get("in_page"),
        is_seen=tag["vendor"] in seen,
        code=code_state(tag, seen),
        page_code=_page_code(site, tag),
        qualifies=template.qualifies if template else (),
        exemptions=services().rules.exemptions(tag["group"]),
        mode=template.limited if template else None,
        **shown_code(site, tag),
        mode_words=MODE_WORDS,
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )


def _page_code(site: SiteRow, tag: Tag) -> str:
    vendor, template = vendor_of(site, tag), template_of(site, tag)
    return page_code(vendor, template, tag["group"], tag["parameters"].items()) if vendor and template else ""


def _values(tag: Tag, mounts: Iterable[str]) -> dict[str, str]:
    """Return the initial values of the fields of the page."""
    return {
        "pages.only": "\n".join(tag["pages"]["only"]),
        "pages.except": "\n".join(tag["pages"]["except"]),
        "places.only": "\n".join(tag["places"]["only"]),
        "places.except": "\n".join(tag["places"]["except"]),
        "schedule.from": tag["schedule"]["from"] or "",
        "schedule.until": tag["schedule"]["until"] or "",
        "limited": tag["limited"] or "",
        "limited_reason": tag.get("limited_reason", ""),
        "flags_note": tag.get("flags_note", ""),
        "payment_note": tag.get("payment_note", ""),
        "necessity": tag.get("necessity", ""),
        **tag["parameters"],
        "in_page": "1" if load_of(tag)["type"] == MARKED else "",
        "mounts": "\n".join(mounts),
    }


def _language_choices(draft: Draft, tag: Tag) -> list[tuple[str, str, bool]]:
    """Return each language of the site, and those that the tag was limited to before, with its name and whether it is."""
    limited = tag.get("languages", [])
    codes = dict.fromkeys([*draft["texts"]["languages"], *limited])
    return sorted(((code, language_words(code), code in limited) for code in codes), key=lambda choice: choice[1])
