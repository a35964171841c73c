"""Custom code tags: paste, lint, save switched off."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.classifier.catalog import Vendor
from consent.classifier.purposes import purpose_groups
from consent.classifier.vendor import new_vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.labels import KIND_WORDS
from consent.dashboard.frame.locale import page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of, vendor_of
from consent.dashboard.tags.custom_code_form import (
    ANOTHER,
    CodePreview,
    Form,
    new_cookies,
    owner_domain,
    preview_code,
    typed_code,
)
from consent.dashboard.tags.custom_vendor_form import new_id, typed_vendor
from consent.dashboard.tags.custom_vendors import save_vendor
from consent.dashboard.tags.recognized_code import recognize
from consent.dashboard.tags.tag_page import find_tag
from consent.presentation.texts import purpose_texts
from consent.sites.custom.code import is_custom
from consent.sites.custom.tags import TypedCode, add_custom_tag, change_code
from consent.sites.draft import DraftError
from consent.sites.html_snippet import PasteError, as_html
from consent.sites.tag_flags import is_sold
from consent.storage.database.base import db
from consent.storage.sites import custom_vendors
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/tags/new/custom")
@allowed("edit_tags")
def new_code(site: SiteRow) -> ResponseReturnValue:
    """Show the form for custom code."""
    return _page(site, None, Form(), {})


@blueprint.post("/sites/<site>/tags/new/custom/check")
@allowed("edit_tags")
def check_code(site: SiteRow) -> ResponseReturnValue:
    """Analyze code while the user pastes it, without saving."""
    own = request.form.get("tag", "")
    return _page(site, _find_custom(site_state(site).draft, own) if own else None, request.form, {})


@blueprint.post("/sites/<site>/tags/new/custom")
@allowed("edit_tags")
def save_code(site: SiteRow) -> ResponseReturnValue:
    """Save code as a tag in the draft, switched off until an admin approves it."""
    try:
        seen, facts = typed_code(request.form, catalog_of(site))
        draft = change_draft(site, lambda draft: _with_code(site, draft, seen, facts))
    except DraftError as error:
        db.session.rollback()
        return _page(site, None, request.form, _by_field(error)), 422
    flash(gettext("%(name)s is in the draft, off until an admin approves its code.", name=facts["name"]), "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=draft["tags"][-1]["id"], _anchor="code"))


@blueprint.get("/sites/<site>/tags/<tag>/code")
@allowed("edit_tags")
def edit_code(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Show the form with a tag's code, or redirect to its page if it isn't custom code."""
    custom = find_tag(site_state(site).draft, tag)
    if not is_custom(custom):
        return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))
    fields = {
        "code": as_html(custom["load"].get("nodes", [])),
        "purpose": custom["purposes"][0],
        "name": custom["name"],
    }
    return _page(site, custom, Form(fields | {"necessity": custom.get("necessity", "")}), {})


@blueprint.post("/sites/<site>/tags/<tag>/code")
@allowed("edit_tags")
def save_changed_code(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Replace a tag's code, which switches it off until it is approved again."""
    custom = _find_custom(site_state(site).draft, tag)
    try:
        seen, facts = typed_code(request.form, catalog_of(site))
        change_draft(site, lambda draft: _with_changed_code(site, draft, tag, seen, facts))
    except DraftError as error:
        return _page(site, custom, request.form, _by_field(error)), 422
    flash(gettext("The code is saved in the draft."), "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag, _anchor="code"))


def _with_code(site: SiteRow, draft: Draft, seen: CodePreview, facts: TypedCode) -> Draft:
    vendor = _vendor(site, draft, seen, facts)
    new = add_custom_tag(draft, vendor.document, facts, sale_or_share=is_sold(facts["group"], vendor))
    return new | {"cookies": [*new["cookies"], *new_cookies(seen, vendor.id, facts["group"], new["cookies"])]}


def _with_changed_code(site: SiteRow, draft: Draft, tag_id: str, seen: CodePreview, facts: TypedCode) -> Draft:
    before = _find_custom(draft, tag_id)
    is_sale = is_sold(facts["group"], vendor_of(site, before)) or (
        before["sale_or_share"] and facts["group"] == before["group"]
    )
    new = change_code(draft, tag_id, facts, sale_or_share=is_sale)
    return new | {"cookies": [*new["cookies"], *new_cookies(seen, before["vendor"], facts["group"], new["cookies"])]}


def _vendor(site: SiteRow, draft: Draft, seen: CodePreview, facts: TypedCode) -> Vendor:
    """Return the code's vendor: the chosen one, or its hosts' vendor, or a new custom vendor."""
    chosen = request.form.get("vendor", "") or (seen.vendors[0].id if seen.vendors else ANOTHER)
    if chosen != ANOTHER:
        try:
            return catalog_of(site).vendor(chosen)
        except KeyError:
            raise DraftError({"vendor": gettext("There is no such vendor in the catalog.")}) from None
    company = " ".join(request.form.get("company", "").split()) or owner_domain(seen.facts.hosts)
    company = company or draft["controller"]["name"] or site.name
    taken = {document["id"] for document in custom_vendors.documents(db.session, site.id)}
    fields: dict[str, str | list[str]] = {"name": company, "company": company, "sale_or_share": "1"}
    fields["hosts"] = "\n".join(seen.facts.hosts)
    try:
        document = typed_vendor(Form(fields | {"purposes": facts["purposes"]}), new_id(company, taken))
    except DraftError as error:
        raise DraftError({"company": next(iter(error.fields.values()))}) from None
    save_vendor(site, document, None)
    return new_vendor(document)


def _find_custom(draft: Draft, tag_id: str) -> Tag:
    tag = find_tag(draft, tag_id)
    return tag if is_custom(tag) else abort(404)


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by form field; an error about the group is shown at the purpose."""
    sentences = {path.rpartition(".")[2]: sentence for path, sentence in error.fields.items()}
    if "group" in sentences:
        sentences["purpose"] = sentences.pop("group")
    known = ("code", "purpose", "necessity", "vendor", "company", "name")
    return sentences if set(sentences) <= set(known) else {"": " ".join(sentences.values())} | sentences


def _page(site: SiteRow, tag: Tag | None, form: Form, errors: dict[str, str]) -> str:
    seen, problem = None, ""
    if form.get("code", "").strip():
        try:
            seen = preview_code(form["code"], catalog_of(site))
        except PasteError as error:
            problem = str(error)
    by_group: dict[str, list[str]] = {}
    for code, group in purpose_groups().items():
        by_group.setdefault(group, []).append(code)
    return render_template(
        "dashboard/tags/custom_code.html",
        tag=tag,
        form=form,
        errors=({"code": problem} if problem else {}) | errors,
        seen=seen,
        recognized=recognize(seen.pasted, services().catalog) if seen and not tag else [],
        chosen=form.get("vendor") or (seen.vendors[0].id if seen and seen.vendors else ANOTHER),
        domain=owner_domain(seen.facts.hosts) if seen else "",
        own=[new_vendor(document) for document in custom_vendors.documents(db.session, site.id)],
        group=purpose_groups().get(form.get("purpose", ""), ""),
        by_group=by_group,
        purposes=purpose_texts(page_language()),
        kind_words=KIND_WORDS,
        controller=site_state(site).draft["controller"]["name"] or site.name,
    )
