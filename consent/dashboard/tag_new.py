"""Adding a tag: found in the catalogue while typing, its parameters checked beside their fields, saved as a draft."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.classify.catalogue import ParameterError, TagTemplate, Vendor, fill
from consent.core.groups import ESSENTIAL
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.page_vendors import page_vendors, parameters_read
from consent.dashboard.permissions import allowed
from consent.dashboard.site_catalogue import catalogue_of
from consent.dashboard.words import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.snapshots.add_found import load_as_found
from consent.snapshots.carried_vendors import PREFIX
from consent.snapshots.draft import Draft, DraftError, add_tag, change_tag, group_reason
from consent.snapshots.in_page import MARKED, set_in_page
from consent.snapshots.texts import purpose_texts
from consent.storage.sites import FoundSite

Row = tuple[Vendor, TagTemplate | None]
KINDS = {
    "": "All",
    "loaded": "Loaded by the service",
    "marked": "Marked in the page",
    "known": "Known, without a tag",
    "own": "Your own",
}
MOST_FOUND = 24
MOST_TYPED = 80


@blueprint.get("/sites/<site>/tags/new")
@allowed("edit_tags")
def find_template(site: FoundSite) -> ResponseReturnValue:
    """Show the tags of the catalogue that fit what was typed."""
    text, group = request.args.get("q", "")[:MOST_TYPED], request.args.get("group", "")
    kind, catalogue = request.args.get("kind", ""), catalogue_of(site)
    found = [row for vendor in catalogue.search(text) for row in _rows(vendor) if _fits(row, group, kind)]
    # What can be loaded as it is comes before what is only known, each in the order of the search.
    found.sort(key=lambda row: not (row[0].is_checked and row[1]))
    taken = {(tag["vendor"], tag["template"]) for tag in site_state(site).draft["tags"]}
    return render_template(
        "dashboard/tag_find.html",
        text=text,
        group=group,
        kind=kind,
        kinds=KINDS,
        found=found[:MOST_FOUND],
        more=max(len(found) - MOST_FOUND, 0),
        taken=taken,
        known=len(catalogue.vendors),
    )


@blueprint.get("/sites/<site>/tags/new/<vendor>/<template>")
@allowed("edit_tags")
def new_tag(site: FoundSite, vendor: str, template: str) -> ResponseReturnValue:
    """Show what a tag of the catalogue is, and the fields that it needs."""
    read = parameters_read(site, vendor, template)
    return _page(site, *_find(site, vendor, template), read, {}, in_page=vendor in page_vendors(site))


@blueprint.post("/sites/<site>/tags/new/<vendor>/<template>/check")
@allowed("edit_tags")
def check_parameters(site: FoundSite, vendor: str, template: str) -> ResponseReturnValue:
    """Say of the fields that were filled in whether they can be right; save nothing."""
    found, kind = _find(site, vendor, template)
    typed = _typed(kind)
    faults = {name: text for name, text in _faults(kind, typed).items() if typed.get(name)}
    return _page(site, found, kind, typed, faults, in_page=_is_in_page())


@blueprint.post("/sites/<site>/tags/new/<vendor>/<template>")
@allowed("edit_tags")
def save_tag(site: FoundSite, vendor: str, template: str) -> ResponseReturnValue:
    """Add the tag to the draft."""
    found, kind = _find(site, vendor, template)
    typed, in_page = _typed(kind), _is_in_page()
    # What stands in the page carries its parameters itself: only what is filled in must be right.
    if faults := {name: text for name, text in _faults(kind, typed).items() if typed.get(name) or not in_page}:
        return _page(site, found, kind, typed, faults, in_page=in_page), 422
    try:
        change_draft(site, lambda draft: _with_tag(draft, found, kind, typed, in_page))
    except DraftError as error:
        faults = {path.rpartition(".")[2]: sentence for path, sentence in error.fields.items()}
        faults = faults if "necessity" in faults else {"": " ".join(faults.values())}
        return _page(site, found, kind, typed, faults, in_page=in_page), 422
    flash(f"{kind.name} is in the draft. Visitors get it from the next publish.", "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def _rows(vendor: Vendor) -> list[Row]:
    return [(vendor, template) for template in vendor.tags] or [(vendor, None)]


def _fits(row: Row, group: str, kind: str) -> bool:
    vendor, template = row
    is_loaded = vendor.is_checked and template is not None and template.load["type"] != "marked"
    kinds = {"": True, "loaded": is_loaded, "marked": template is not None and not is_loaded, "known": template is None}
    kinds["own"] = vendor.id.startswith(PREFIX)
    own = template.group if template else vendor.group
    return kinds.get(kind, False) and (not group or own == group)


def _find(site: FoundSite, vendor_id: str, template_id: str) -> tuple[Vendor, TagTemplate]:
    try:
        vendor = catalogue_of(site).vendor(vendor_id)
        return vendor, vendor.tag(template_id)
    except KeyError:
        abort(404)


def _typed(template: TagTemplate) -> dict[str, str]:
    return {parameter.id: request.form.get(parameter.id, "").strip() for parameter in template.parameters}


def _is_in_page() -> bool:
    return request.form.get("in_page") == "1"


def _faults(template: TagTemplate, typed: dict[str, str]) -> dict[str, str]:
    try:
        fill(template, typed)
    except ParameterError as error:
        return error.fields
    return {}


def _with_tag(draft: Draft, vendor: Vendor, template: TagTemplate, typed: dict[str, str], in_page: bool) -> Draft:
    load, parameters = load_as_found(template, typed) if in_page else (fill(template, typed), typed)
    new = add_tag(draft, vendor, template.id, load, parameters)
    tag = new["tags"][-1]
    if in_page and template.load["type"] != MARKED:
        new = set_in_page(new, tag["id"], True)
    necessity = " ".join(request.form.get("necessity", "").split())
    return change_tag(new, tag["id"], {"necessity": necessity}) if tag["group"] == ESSENTIAL else new


def necessity_of(template: TagTemplate) -> str:
    """Return what a tag's purposes say of why a site needs it, for a person to correct."""
    texts = purpose_texts("en")
    words = "; ".join(texts[code] for code in template.purposes)
    return words[:1].upper() + words[1:]


def _preview(site: FoundSite, vendor: Vendor, template: TagTemplate) -> tuple[Draft, dict[str, Any]]:
    """Return a draft with the tag as it would be, to tell its group and why before it is saved."""
    load = {"type": template.load["type"], "src": None, "attributes": {}, "calls": []}
    draft = add_tag(site_state(site).draft, vendor, template.id, load, {})
    return draft, draft["tags"][-1]


def _page(
    site: FoundSite,
    vendor: Vendor,
    template: TagTemplate,
    typed: dict[str, str],
    faults: dict[str, str],
    *,
    in_page: bool,
) -> str:
    draft, tag = _preview(site, vendor, template)
    return render_template(
        "dashboard/tag_new.html",
        vendor=vendor.document,
        template=template,
        tag=tag,
        group_reason=group_reason(draft, tag),
        typed=typed,
        in_page=in_page,
        is_seen=vendor.id in page_vendors(site),
        faults=faults,
        necessity=request.form.get("necessity", necessity_of(template)),
        purposes=purpose_texts("en"),
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )
