"""A tag's page: one form with its settings, where it runs and its legal basis, with facts next to it."""

from collections.abc import Iterable

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import parameter_label
from consent.dashboard.frame.drafts import mark_of, site_state
from consent.dashboard.frame.labels import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.dashboard.frame.locale import Labels, language_words, page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_flags, template_of, vendor_of
from consent.dashboard.tags.code_approval import shown_code
from consent.dashboard.tags.page_code import code_state, page_code
from consent.dashboard.tags.tag_trigger import KINDS, trigger_values
from consent.dashboard.tags.vendors_in_page import page_vendors
from consent.presentation.texts import purpose_texts
from consent.sites import draft_parts
from consent.sites.custom.code import MARKED, load_of
from consent.sites.draft import DraftError, group_reason
from consent.sites.in_page_tags import hosts_of
from consent.sites.own_host.mounts import mount_warnings
from consent.sites.seen_in_page import known_pages
from consent.sites.time_zones import UTC
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

MODE_WORDS = Labels(
    {
        "cookieless": "Without consent the tag still loads and sends pings without cookies. In Europe a regulator may see "
        "even that as access to the visitor's device, which needs consent.",
        "restricted": "In the eleven US states where the vendor offers limited data use, the tag keeps running in that "
        "mode after an opt-out. Everywhere else an opt-out blocks it.",
    }
)
"""What each mode means, for the user who declares it."""


NESTED = ("pages", "places", "schedule", "parameters", "trigger")
"""Facts of a tag that have several fields in the form."""
SWITCHES = {
    "settings": ("tag-on",),
    "place": ("in_page",),
    "trigger": ("trigger.repeat",),
    "payment": ("on_payment_pages",),
    "flags": ("sale_or_share", "precise_location"),
    "mode": ("limited",),
}
"""Switches in each part of the form, which browsers send only if they are on."""


@blueprint.get("/sites/<site>/tags/<tag>")
@allowed("see")
def tag_page(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Show a tag of the draft."""
    draft = site_state(site).draft
    return _page(site, draft, find_tag(draft, tag), {}, {})


def page_with_errors(site: SiteRow, tag: str, error: DraftError) -> str:
    """Return the page with the typed values, and the sentences of `error` next to the fields."""
    draft = site_state(site).draft
    return _page(site, draft, find_tag(draft, tag), _by_field(error), _typed_values())


def find_tag(draft: Draft, tag_id: str) -> Tag:
    """Return the tag `tag_id` of `draft`; answers 404 if there is none."""
    return draft_parts.find_tag(draft, tag_id) or abort(404)


def tag_mark(draft: Draft, tag: Tag) -> str:
    """Return a fingerprint of what the form of `tag` can change, to detect that someone else saved first."""
    mounts = [vendor.get("mounts", []) for vendor in draft["vendors"] if vendor["id"] == tag["vendor"]]
    return mark_of(tag, mounts)


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by form field.

    `tags.3.pages.only.0` becomes `pages.only`, `tags.3.labels.0` `labels`, and `vendors.2.mounts.0` `mounts`.
    """
    sentences: dict[str, str] = {}
    for path, sentence in error.fields.items():
        section, *parts = path.split(".")
        if section in ("tags", "vendors") and len(parts) > 1:
            path = ".".join(parts[1:3] if parts[1] in NESTED else parts[1:2])
        sentences.setdefault(path, sentence)
    return sentences


def _page(site: SiteRow, draft: Draft, tag: Tag, errors: dict[str, str], typed: dict[str, str]) -> str:
    template, seen = template_of(site, tag), page_vendors(site)
    vendor = next(vendor for vendor in draft["vendors"] if vendor["id"] == tag["vendor"])
    return render_template(
        "dashboard/tags/tag_page.html",
        tag=tag,
        mark=tag_mark(draft, tag),
        vendor=vendor,
        hosts=hosts_of(draft, vendor),
        cookies=[cookie for cookie in draft["cookies"] if cookie["vendor"] == tag["vendor"]],
        purposes=purpose_texts(page_language()),
        group_reason=group_reason(draft, tag),
        values=_values(tag, vendor.get("mounts", ())) | typed,
        covering=[*mount_warnings(draft | {"vendors": [vendor]}, known_pages(db.session, site.id))],
        errors=errors,
        triggers=KINDS,
        languages=_language_choices(draft, tag),
        time_zone=draft["overrides"].get("time_zone", UTC),
        payment_paths=draft["overrides"].get("payment_paths", []),
        flags=catalog_flags(site, tag),
        is_known=template is not None,
        fields=template.parameters if template and template.load["type"] != MARKED else (),
        is_marked=(template.load if template else tag["load"])["type"] == MARKED and not tag.get("in_page"),
        is_seen=tag["vendor"] in seen,
        code=code_state(tag, seen),
        page_code=_page_code(site, tag),
        parameter_label=parameter_label,
        qualifies=template.qualifies if template else (),
        exemptions=services().rules.exemptions(tag["group"]),
        chosen_exemptions=_chosen("flags", "exemptions", tag["exemptions"]),
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
    """Return the initial values of the page's fields."""
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
        "tag-name": tag["name"],
        "tag-on": _checked(tag["enabled"]),
        "tag-note": tag.get("note", ""),
        "tag-labels": ", ".join(tag.get("labels", [])),
        "sale_or_share": _checked(tag["sale_or_share"]),
        "precise_location": _checked(tag.get("precise_location", False)),
        "on_payment_pages": _checked(tag.get("payment_note")),
        **trigger_values(tag),
        **tag["parameters"],
        "in_page": "1" if load_of(tag)["type"] == MARKED else "",
        "mounts": "\n".join(mounts),
    }


def _checked(is_on: object) -> str:
    return "1" if is_on else ""


def _typed_values() -> dict[str, str]:
    """Return the values of a rejected form; a missing switch is off if the form includes its part."""
    off = {name: "" for part in request.form.getlist("part") for name in SWITCHES.get(part, ())}
    return off | request.form.to_dict()


def _chosen(part: str, name: str, saved: list[str]) -> list[str]:
    """Return the ticked values of a list in the form, or `saved` if the form doesn't include that part."""
    return request.form.getlist(name) if part in request.form.getlist("part") else saved


def _language_choices(draft: Draft, tag: Tag) -> list[tuple[str, str, bool]]:
    """Return the languages of the site and of the tag's limits, each with its name and whether it is a limit."""
    limited = _chosen("limits", "languages", tag.get("languages", []))
    codes = dict.fromkeys([*draft["texts"]["languages"], *limited])
    return sorted(((code, language_words(code), code in limited) for code in codes), key=lambda choice: choice[1])
