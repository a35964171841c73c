"""Add a tag: search the catalog while typing, validate parameters inline, and save to the draft."""

from collections.abc import Collection

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.classifier.catalog import ParameterError, TagTemplate, Vendor, fill
from consent.classifier.tag_template import matches, read_typed
from consent.classifier.vendor_search import popularity
from consent.core.documents.config import Draft
from consent.core.documents.tags import Load, Tag
from consent.core.groups import ESSENTIAL
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import KIND_WORDS, LOAD_WORDS, lifetime_words
from consent.dashboard.frame.locale import Labels, page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.tags.page_code import MISSING, code_state, page_code
from consent.dashboard.tags.vendors_in_page import page_vendors, parameters_read
from consent.presentation.texts import purpose_texts
from consent.sites.add_found_tags import load_in_page
from consent.sites.custom.code import MARKED, load_of
from consent.sites.custom.vendor_export import PREFIX
from consent.sites.draft import DraftError, add_tag, change_tag, free_name, group_reason
from consent.sites.in_page_tags import set_in_page
from consent.storage.sites.sites import SiteRow

Row = tuple[Vendor, TagTemplate | None]
KINDS = Labels(
    {
        "": "All",
        "loaded": "Loaded by the service",
        "marked": "Needs your code",
        "known": "Known, without a tag",
        "own": "Your own",
    }
)
MAX_MATCHES = 24
MAX_QUERY_LENGTH = 80


@blueprint.get("/sites/<site>/tags/new")
@allowed("edit_tags")
def find_template(site: SiteRow) -> ResponseReturnValue:
    """Show the catalog's tags that match the search."""
    text, group = request.args.get("q", "")[:MAX_QUERY_LENGTH], request.args.get("group", "")
    kind, catalog = request.args.get("kind", ""), catalog_of(site)
    fitting = [row for vendor in catalog.search(text) for row in _rows(vendor) if _matches(row, group, kind)]
    seen = page_vendors(site)
    fitting.sort(key=lambda row: _rank(row, seen, is_search=bool(text.strip())))
    taken = {(tag["vendor"], tag["template"]) for tag in site_state(site).draft["tags"]}
    return render_template(
        "dashboard/tags/find_template.html",
        text=text,
        group=group,
        kind=kind,
        kinds=KINDS,
        found=fitting[:MAX_MATCHES],
        more=max(len(fitting) - MAX_MATCHES, 0),
        taken=taken,
        seen=seen,
        is_search=bool(text.strip()),
        known=len(catalog.vendors),
    )


@blueprint.get("/sites/<site>/tags/new/<vendor>/<template>")
@allowed("edit_tags")
def new_tag(site: SiteRow, vendor: str, template: str) -> ResponseReturnValue:
    """Show a tag of the catalog and the fields that it needs."""
    known, kind = _find(site, vendor, template)
    # For pasted code, the recognized parameters are in the URL.
    given = {
        one.id: value for one in kind.parameters if (value := request.args.get(one.id, "")) and matches(one, value)
    }
    read = given or parameters_read(site, vendor, template)
    return _page(site, known, kind, read, {}, in_page=not given and vendor in page_vendors(site))


@blueprint.post("/sites/<site>/tags/new/<vendor>/<template>/check")
@allowed("edit_tags")
def check_parameters(site: SiteRow, vendor: str, template: str) -> ResponseReturnValue:
    """Validate the fields that were filled in, without saving."""
    known, kind = _find(site, vendor, template)
    typed = _typed(kind)
    errors = {name: text for name, text in _parameter_errors(kind, typed).items() if typed.get(name)}
    return _page(site, known, kind, typed, errors, in_page=_is_in_page())


@blueprint.post("/sites/<site>/tags/new/<vendor>/<template>")
@allowed("edit_tags")
def save_tag(site: SiteRow, vendor: str, template: str) -> ResponseReturnValue:
    """Add the tag to the draft."""
    known, kind = _find(site, vendor, template)
    typed, in_page = _typed(kind), _is_in_page()
    # A snippet in the page contains its parameters, so only those that are filled in must be valid.
    if errors := {
        name: text for name, text in _parameter_errors(kind, typed).items() if typed.get(name) or not in_page
    }:
        return _page(site, known, kind, typed, errors, in_page=in_page), 422
    try:
        draft = change_draft(site, lambda draft: _with_tag(draft, known, kind, typed, in_page))
    except DraftError as error:
        errors = {path.rpartition(".")[2]: sentence for path, sentence in error.fields.items()}
        errors = errors if "necessity" in errors else {"": " ".join(errors.values())}
        return _page(site, known, kind, typed, errors, in_page=in_page), 422
    tag = draft["tags"][-1]
    if same := _same_as(draft, tag):
        flash(
            gettext(
                "%(other)s has the same values, so %(name)s counts everything twice. Change or remove one of them.",
                other=same["name"],
                name=tag["name"],
            ),
            "info",
        )
    if code_state(tag, page_vendors(site)) == MISSING:
        flash(
            gettext("%(name)s is in the draft. Nothing runs until its code is in your page.", name=tag["name"]),
            "success",
        )
        return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag["id"], _anchor="place"))
    is_loaded = load_of(tag)["type"] != MARKED
    then = (
        gettext("Visitors get it after you publish.")
        if is_loaded
        else gettext("It is already in your page; the service loads nothing.")
    )
    flash(gettext("%(name)s is in the draft.", name=tag["name"]) + " " + then, "success")
    return redirect(url_for("dashboard.tags", site=site.key))


def _same_as(draft: Draft, tag: Tag) -> Tag | None:
    """Return another tag of the same product with the same values, if there is one."""
    kind = (tag["vendor"], tag["template"], tag["parameters"])
    alike = (one for one in draft["tags"] if (one["vendor"], one["template"], one["parameters"]) == kind)
    return next((one for one in alike if one["id"] != tag["id"]), None) if any(tag["parameters"].values()) else None


def _rows(vendor: Vendor) -> list[Row]:
    return [(vendor, template) for template in vendor.tags if not template.ended] or [(vendor, None)]


def _matches(row: Row, group: str, kind: str) -> bool:
    vendor, template = row
    is_loaded = vendor.is_checked and template is not None and template.load["type"] != "marked"
    kinds = {"": True, "loaded": is_loaded, "marked": template is not None and not is_loaded, "known": template is None}
    kinds["own"] = vendor.id.startswith(PREFIX)
    own = template.group if template else vendor.group
    return kinds.get(kind, False) and (not group or own == group)


def _rank(row: Row, seen: Collection[str], *, is_search: bool) -> tuple[bool, bool, int]:
    """Return a row's sort key: tags that can be loaded come before vendors that are only known.

    Without a search, vendors that a check or scan saw on the site's pages come first, then popular ones.
    """
    vendor, template = row
    is_known_only = not (vendor.is_checked and template)
    if is_search:
        return is_known_only, False, 0
    return is_known_only, vendor.id not in seen, popularity(vendor.id)


def _find(site: SiteRow, vendor_id: str, template_id: str) -> tuple[Vendor, TagTemplate]:
    try:
        vendor = catalog_of(site).vendor(vendor_id)
        return vendor, vendor.tag(template_id)
    except KeyError:
        abort(404)


def _typed(template: TagTemplate) -> dict[str, str]:
    return {
        parameter.id: read_typed(parameter, request.form.get(parameter.id, "")) for parameter in template.parameters
    }


def _is_in_page() -> bool:
    return request.form.get("in_page") == "1"


def _parameter_errors(template: TagTemplate, typed: dict[str, str]) -> dict[str, str]:
    try:
        fill(template, typed)
    except ParameterError as error:
        return error.fields
    return {}


def _with_tag(draft: Draft, vendor: Vendor, template: TagTemplate, typed: dict[str, str], in_page: bool) -> Draft:
    load, parameters = load_in_page(template, typed) if in_page else (fill(template, typed), typed)
    new = add_tag(draft, vendor, template.id, load, parameters)
    tag = new["tags"][-1]
    if any(one["name"] == tag["name"] for one in draft["tags"]):
        account = next((f" ({value})" for value in parameters.values() if value), "")
        new = change_tag(new, tag["id"], {"name": free_name(draft, f"{tag['name']}{account}")})
    if in_page and template.load["type"] != MARKED:
        new = set_in_page(new, tag["id"], True)
    necessity = " ".join(request.form.get("necessity", "").split())
    return change_tag(new, tag["id"], {"necessity": necessity}) if tag["group"] == ESSENTIAL else new


def necessity_of(template: TagTemplate) -> str:
    """Return a suggested necessity made from a tag's purposes, for the user to edit."""
    texts = purpose_texts(page_language())
    words = "; ".join(texts[code] for code in template.purposes)
    return words[:1].upper() + words[1:]


def _preview(site: SiteRow, vendor: Vendor, template: TagTemplate) -> tuple[Draft, Tag]:
    """Return a draft with the tag added, to show its group and the reason for it before saving."""
    load: Load = {"type": template.load["type"], "src": None, "attributes": {}, "calls": []}
    draft = add_tag(site_state(site).draft, vendor, template.id, load, {})
    return draft, draft["tags"][-1]


def _page(
    site: SiteRow,
    vendor: Vendor,
    template: TagTemplate,
    typed: dict[str, str],
    errors: dict[str, str],
    *,
    in_page: bool,
) -> str:
    draft, tag = _preview(site, vendor, template)
    return render_template(
        "dashboard/tags/add_tag.html",
        vendor=vendor.document,
        template=template,
        tag=tag,
        group_reason=group_reason(draft, tag),
        page_code=page_code(vendor, template, tag["group"], typed.items()),
        typed=typed,
        in_page=in_page,
        is_seen=vendor.id in page_vendors(site),
        faults=errors,
        necessity=request.form.get("necessity", necessity_of(template)),
        purposes=purpose_texts(page_language()),
        kind_words=KIND_WORDS,
        load_words=LOAD_WORDS,
        lifetime_words=lifetime_words,
    )
