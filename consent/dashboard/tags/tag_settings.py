"""Legal settings of a tag: mode, sale or sharing, exemptions, necessity, use on payment pages."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.documents import Draft, TagChange
from consent.core.groups import ESSENTIAL
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalogue import Flags, catalogue_flags, template_of
from consent.dashboard.tags.tag_page import find_tag, page_with_errors
from consent.sites.draft import DraftError, change_tag
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/tags/<tag>/mode")
@allowed("declare_limited")
def set_mode(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Declare in the draft that a tag runs limited where it may not run in full, or end that."""
    try:
        change_draft(site, lambda draft: _with_mode(site, draft, tag))
    except DraftError as error:
        return page_with_errors(site, tag, error), 422
    flash("The mode is saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _with_mode(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    is_on = request.form.get("limited") == "1"
    template = template_of(site, find_tag(draft, tag_id))
    mode = template.limited if template else None
    if is_on and not mode:
        raise DraftError({"limited": "This product has no limited mode."})
    reason = request.form.get("limited_reason", "").strip()
    return change_tag(draft, tag_id, {"limited": mode if is_on else None, "limited_reason": reason if is_on else ""})


@blueprint.post("/sites/<site>/tags/<tag>/flags")
@allowed("change_flags")
def set_flags(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Set in the draft that a tag sells, shares or is exempt, against the catalogue, and on what ground."""
    return _save(site, tag, lambda draft: _with_flags(site, draft, tag))


@blueprint.post("/sites/<site>/tags/<tag>/payment")
@allowed("change_flags")
def let_on_payment_pages(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Allow a tag on payment pages, with a reason, or disallow it."""
    return _save(site, tag, lambda draft: _with_payment(draft, tag))


@blueprint.post("/sites/<site>/tags/<tag>/necessity")
@allowed("edit_tags")
def set_necessity(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Set in the draft what does not work without an essential tag."""
    return _save(site, tag, lambda draft: change_tag(draft, tag, {"necessity": _typed("necessity")}))


def _save(site: SiteRow, tag: str, change: Callable[[Draft], Draft]) -> ResponseReturnValue:
    def checked(draft: Draft) -> Draft:
        find_tag(draft, tag)
        return change(draft)

    try:
        change_draft(site, checked)
    except DraftError as error:
        return page_with_errors(site, tag, error), 422
    flash("Saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _with_flags(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    tag = find_tag(draft, tag_id)
    is_sold = tag["group"] == "advertising" or request.form.get("sale_or_share") == "1"
    flags = Flags(tag["group"] != ESSENTIAL and is_sold, sorted(set(request.form.getlist("exemptions"))))
    offered = {*services().rules.exemptions(tag["group"]), *tag["exemptions"]}
    if unknown := [one for one in flags.exemptions if one not in offered]:
        raise DraftError({"exemptions": f"There is no exemption {unknown[0]} for the group {tag['group']}."})
    known, note = catalogue_flags(site, tag), _typed("flags_note")
    differs = (flags.sale_or_share, flags.exemptions) != (known.sale_or_share, sorted(known.exemptions))
    if differs and not note:
        raise DraftError({"flags_note": "Say on what ground this differs from the catalogue."})
    facts: TagChange = {
        "sale_or_share": flags.sale_or_share,
        "exemptions": flags.exemptions,
        "flags_note": note if differs else "",
    }
    is_located = request.form.get("precise_location") == "1"
    if is_located or "precise_location" in tag:
        facts["precise_location"] = is_located
    return change_tag(draft, tag_id, facts)


def _with_payment(draft: Draft, tag_id: str) -> Draft:
    is_let, note = request.form.get("on_payment_pages") == "1", _typed("payment_note")
    if is_let and not note:
        raise DraftError({"payment_note": "Say who needs it on a page where people pay, and what for."})
    return change_tag(draft, tag_id, {"payment_note": note if is_let else ""})


def _typed(name: str) -> str:
    return " ".join(request.form.get(name, "").split())
