"""Pages to create, edit and remove custom vendors that the catalog lacks."""

import re

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.classifier.purposes import purpose_groups
from consent.classifier.vendor import new_vendor
from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.vendor_file import VendorDocument
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, note_edit, site_state
from consent.dashboard.frame.locale import page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.tags.custom_vendor_form import DAY_SECONDS, SPARE_ROWS, Form, new_id, typed_vendor
from consent.presentation.texts import purpose_texts
from consent.sites.custom.vendor_export import SECTION
from consent.sites.draft import DraftError
from consent.sites.draft_vendors import renew_vendor
from consent.storage.database.base import db
from consent.storage.sites import custom_vendors as kept
from consent.storage.sites.sites import SiteRow

_FILLED = re.compile(r"cookies\.(\d{1,2})\.(?:name|purpose|days|domain)")
"""Fields of a row that are empty unless the user filled them in."""


@blueprint.get("/sites/<site>/vendors/new")
@allowed("edit_tags")
def new_own_vendor(site: SiteRow) -> ResponseReturnValue:
    """Show the form for a vendor, empty except for a name or host from the URL."""
    given = {name: request.args.get(name, "")[:253] for name in ("name", "host")}
    form = Form({"name": given["name"][:80], "hosts": given["host"], "sale_or_share": "1"})
    return _page(site, None, form, {})


@blueprint.post("/sites/<site>/vendors/new")
@allowed("edit_tags")
def add_own_vendor(site: SiteRow) -> ResponseReturnValue:
    """Save a new custom vendor."""
    taken = {document["id"] for document in kept.documents(db.session, site.id)}
    return _save_and_renew(site, new_id(request.form.get("name", ""), taken), None)


@blueprint.get("/sites/<site>/vendors/<own>")
@allowed("edit_tags")
def edit_own_vendor(site: SiteRow, own: str) -> ResponseReturnValue:
    """Show the form with a custom vendor's facts."""
    document = find_own(site, own)
    return _page(site, document, _as_form(document), {})


@blueprint.post("/sites/<site>/vendors/<own>")
@allowed("edit_tags")
def save_own_vendor(site: SiteRow, own: str) -> ResponseReturnValue:
    """Save a custom vendor's facts, also in the draft if it has a tag of the vendor."""
    return _save_and_renew(site, own, find_own(site, own))


@blueprint.post("/sites/<site>/vendors/<own>/removal")
@allowed("edit_tags")
def remove_own_vendor(site: SiteRow, own: str) -> ResponseReturnValue:
    """Delete a custom vendor that has no tags."""
    document = find_own(site, own)
    if own in {tag["vendor"] for tag in site_state(site).draft["tags"]}:
        return _page(site, document, _as_form(document), {"": gettext("Remove its tags from the draft first.")}), 422
    kept.remove(db.session, site.id, own)
    audit(site, "custom_vendor.deleted", own, document, None)
    note_edit(site, {f"{SECTION} {own}"})
    db.session.commit()
    flash(gettext("%(name)s is removed.", name=document["name"]), "success")
    return redirect(url_for("dashboard.find_template", site=site.key))


def find_own(site: SiteRow, own: str) -> VendorDocument:
    """Return a custom vendor of the site; answers 404 if there is none."""
    document = next((one for one in kept.documents(db.session, site.id) if one["id"] == own), None)
    return document if document is not None else abort(404)


def save_vendor(site: SiteRow, document: VendorDocument, before: VendorDocument | None) -> None:
    """Save a custom vendor with its audit entry; the caller commits."""
    kept.save(db.session, site.id, document, current_user.audit_id, services().now)
    audit(site, "custom_vendor.saved", document["id"], before, document)
    note_edit(site, {f"{SECTION} {document['id']}"})


def _save_and_renew(site: SiteRow, own: str, before: VendorDocument | None) -> ResponseReturnValue:
    def change(draft: Draft) -> Draft:
        save_vendor(site, document, before)
        return renew_vendor(draft, document)

    try:
        document = typed_vendor(request.form, own)
        if own in {vendor["id"] for vendor in site_state(site).draft["vendors"]}:
            change_draft(site, change)
        else:
            save_vendor(site, document, before)
            db.session.commit()
    except DraftError as error:
        db.session.rollback()
        return _page(site, before, request.form, error.fields), 422
    flash(gettext("%(name)s is in the catalog of this site.", name=document["name"]), "success")
    return redirect(url_for("dashboard.vendor_page", site=site.key, vendor=own))


def _as_form(document: VendorDocument) -> Form:
    """Return the form fields of `document`."""
    tags = new_vendor(document).tags
    plain = ("name", "company", "country", "privacy_url", "opt_out_url", "recipient_kind")
    facts: JsonObject = document
    fields: dict[str, str | list[str]] = {name: str(facts[name] or "") for name in plain}
    fields |= {"hosts": "\n".join(document["hosts"]), "data_categories": ", ".join(document["data_categories"])}
    fields |= {"source": document["sources"][0]["source"], "purposes": list(tags[0].purposes) if tags else []}
    fields["sale_or_share"] = "1" if tags and tags[0].sale_or_share else ""
    for row, cookie in enumerate(document["cookies"]):
        days = (
            "" if cookie["lifetime_s"] is None else f"{cookie['lifetime_s'] / DAY_SECONDS:.3f}".rstrip("0").rstrip(".")
        )
        cells = {"name": cookie["name"], "kind": cookie["kind"], "purpose": cookie["purpose"] or "", "days": days}
        fields |= {f"cookies.{row}.{fact}": value for fact, value in cells.items()}
        fields[f"cookies.{row}.domain"] = cookie["domain"] or ""
    return Form(fields)


def _page(site: SiteRow, document: VendorDocument | None, form: Form, errors: dict[str, str]) -> str:
    rows = [int(match[1]) for name, value in form.items() if value and (match := _FILLED.fullmatch(name))]
    by_group: dict[str, list[str]] = {}
    for code, group in purpose_groups().items():
        by_group.setdefault(group, []).append(code)
    return render_template(
        "dashboard/tags/custom_vendor.html",
        document=document,
        form=form,
        errors=errors,
        rows=max(rows, default=-1) + 1 + SPARE_ROWS,
        purposes=purpose_texts(page_language()),
        by_group=by_group,
        is_used=document is not None and document["id"] in {tag["vendor"] for tag in site_state(site).draft["tags"]},
        known=len(catalog_of(site).vendors),
    )
