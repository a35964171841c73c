"""Custom code: pasted, looked at, kept as a tag that is off, and approved by an admin who names its hash."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.classify.catalogue import Vendor
from consent.classify.purposes import purpose_groups
from consent.classify.vendor import new_vendor
from consent.dashboard.blueprint import blueprint
from consent.dashboard.code_form import ANOTHER, Form, Seen, look_at, new_cookies, owner_domain, typed_code
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.fresh import fresh
from consent.dashboard.own_vendor_form import new_id, typed_vendor
from consent.dashboard.own_vendors import keep_vendor
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import catalogue_of, is_sold, vendor_of
from consent.dashboard.tag_page import find_tag
from consent.dashboard.words import KIND_WORDS
from consent.snapshots.custom import code_hash, is_custom
from consent.snapshots.custom_tags import add_custom_tag, approve, change_code
from consent.snapshots.draft import Draft, DraftError
from consent.snapshots.pasted import PasteError, as_html
from consent.snapshots.texts import purpose_texts
from consent.storage import own_vendors
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/tags/new/custom")
@allowed("edit_tags")
def new_code(site: FoundSite) -> ResponseReturnValue:
    """Show the form of custom code."""
    return _page(site, None, Form(), {})


@blueprint.post("/sites/<site>/tags/new/custom/check")
@allowed("edit_tags")
def check_code(site: FoundSite) -> ResponseReturnValue:
    """Say what can be seen of code while somebody pastes it; save nothing."""
    own = request.form.get("tag", "")
    return _page(site, _find_custom(site_state(site).draft, own) if own else None, request.form, {})


@blueprint.post("/sites/<site>/tags/new/custom")
@allowed("edit_tags")
def save_code(site: FoundSite) -> ResponseReturnValue:
    """Keep code as a tag of the draft, off until an admin approves it."""
    try:
        seen, facts = typed_code(request.form, catalogue_of(site))
        draft = change_draft(site, lambda draft: _with_code(site, draft, seen, facts))
    except DraftError as error:
        db.session.rollback()
        return _page(site, None, request.form, _by_field(error)), 422
    flash(f"{facts['name']} is in the draft, off until an admin approves its code.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=draft["tags"][-1]["id"], _anchor="code"))


@blueprint.get("/sites/<site>/tags/<tag>/code")
@allowed("edit_tags")
def edit_code(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Show the form with the code of a tag; one without leads to its page."""
    found = find_tag(site_state(site).draft, tag)
    if not is_custom(found):
        return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))
    fields = {"code": as_html(found["load"]["nodes"]), "purpose": found["purposes"][0], "name": found["name"]}
    return _page(site, found, Form(fields | {"necessity": found.get("necessity", "")}), {})


@blueprint.post("/sites/<site>/tags/<tag>/code")
@allowed("edit_tags")
def save_changed_code(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Keep other code in a tag: it is off then, and waits for an approval anew."""
    found = _find_custom(site_state(site).draft, tag)
    try:
        seen, facts = typed_code(request.form, catalogue_of(site))
        change_draft(site, lambda draft: _with_changed_code(site, draft, tag, seen, facts))
    except DraftError as error:
        return _page(site, found, request.form, _by_field(error)), 422
    flash("The code is saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag, _anchor="code"))


@blueprint.post("/sites/<site>/tags/<tag>/approval")
@allowed("approve_code")
@fresh
def approve_code(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Approve the code of a tag by the hash of what was looked at."""
    looked_at = request.form.get("code", "")

    def change(draft: Draft) -> Draft:
        if code_hash(_find_custom(draft, tag)["load"]) != looked_at:
            raise DraftError({"code": "The code has changed since you looked at it. Look again."})
        return approve(draft, tag, current_user.audit_id, services().now)

    try:
        change_draft(site, change)
    except DraftError as error:
        flash(" ".join(error.fields.values()), "error")
        return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag, _anchor="code"))
    flash("The code is approved. The tag can be switched on.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _with_code(site: FoundSite, draft: Draft, seen: Seen, facts: dict[str, Any]) -> Draft:
    vendor = _vendor(site, draft, seen, facts)
    facts = facts | {"sale_or_share": is_sold(facts["group"], vendor)}
    new = add_custom_tag(draft, vendor.document, facts)
    return new | {"cookies": [*new["cookies"], *new_cookies(seen, vendor.id, facts["group"], new["cookies"])]}


def _with_changed_code(site: FoundSite, draft: Draft, tag_id: str, seen: Seen, facts: dict[str, Any]) -> Draft:
    before = _find_custom(draft, tag_id)
    is_sale = is_sold(facts["group"], vendor_of(site, before)) or (
        before["sale_or_share"] and facts["group"] == before["group"]
    )
    new = change_code(draft, tag_id, facts | {"sale_or_share": is_sale})
    return new | {"cookies": [*new["cookies"], *new_cookies(seen, before["vendor"], facts["group"], new["cookies"])]}


def _vendor(site: FoundSite, draft: Draft, seen: Seen, facts: dict[str, Any]) -> Vendor:
    """Return whose the code is: as was chosen, or by its hosts, or somebody new, who is kept for the site."""
    chosen = request.form.get("vendor", "") or (seen.vendors[0].id if seen.vendors else ANOTHER)
    if chosen != ANOTHER:
        try:
            return catalogue_of(site).vendor(chosen)
        except KeyError:
            raise DraftError({"vendor": "There is no such vendor in the catalogue."}) from None
    company = " ".join(request.form.get("company", "").split()) or owner_domain(seen.facts.hosts)
    company = company or draft["controller"]["name"] or site.name
    taken = {document["id"] for document in own_vendors.documents(db.session, site.id)}
    fields = {"name": company, "company": company, "hosts": "\n".join(seen.facts.hosts), "sale_or_share": "1"}
    try:
        document = typed_vendor(Form(fields | {"purposes": facts["purposes"]}), new_id(company, taken))
    except DraftError as error:
        raise DraftError({"company": next(iter(error.fields.values()))}) from None
    keep_vendor(site, document, None)
    return new_vendor(document)


def _find_custom(draft: Draft, tag_id: str) -> dict[str, Any]:
    tag = find_tag(draft, tag_id)
    return tag if is_custom(tag) else abort(404)


def _by_field(error: DraftError) -> dict[str, str]:
    """Return the sentences of `error` by the fields of the form; what is wrong with the group is a matter of the purpose."""
    found = {path.rpartition(".")[2]: sentence for path, sentence in error.fields.items()}
    if "group" in found:
        found["purpose"] = found.pop("group")
    known = ("code", "purpose", "necessity", "vendor", "company", "name")
    return found if set(found) <= set(known) else {"": " ".join(found.values())} | found


def _page(site: FoundSite, tag: dict[str, Any] | None, form: Form, errors: dict[str, str]) -> str:
    seen, fault = None, ""
    if form.get("code", "").strip():
        try:
            seen = look_at(form["code"], catalogue_of(site))
        except PasteError as error:
            fault = str(error)
    by_group: dict[str, list[str]] = {}
    for code, group in purpose_groups().items():
        by_group.setdefault(group, []).append(code)
    return render_template(
        "dashboard/tag_code.html",
        tag=tag,
        form=form,
        errors=({"code": fault} if fault else {}) | errors,
        seen=seen,
        chosen=form.get("vendor") or (seen.vendors[0].id if seen and seen.vendors else ANOTHER),
        domain=owner_domain(seen.facts.hosts) if seen else "",
        own=[new_vendor(document) for document in own_vendors.documents(db.session, site.id)],
        group=purpose_groups().get(form.get("purpose", ""), ""),
        by_group=by_group,
        purposes=purpose_texts("en"),
        kind_words=KIND_WORDS,
        controller=site_state(site).draft["controller"]["name"] or site.name,
    )
