"""What the law sees in a tag: sale or sharing and exemptions, why it is essential, and whether it runs where people pay."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import ESSENTIAL
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_catalogue import Flags, catalogue_flags
from consent.dashboard.tag_page import faulty_page, find_tag
from consent.snapshots.draft import Draft, DraftError, change_tag
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/tags/<tag>/flags")
@allowed("change_flags")
def set_flags(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Say in the draft that a tag sells, shares or is exempt otherwise than the catalogue says, and on what ground."""
    return _save(site, tag, lambda draft: _with_flags(site, draft, tag))


@blueprint.post("/sites/<site>/tags/<tag>/payment")
@allowed("change_flags")
def let_on_payment_pages(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Let a tag run on payment pages, with the reason, or end that."""
    return _save(site, tag, lambda draft: _with_payment(draft, tag))


@blueprint.post("/sites/<site>/tags/<tag>/necessity")
@allowed("edit_tags")
def set_necessity(site: FoundSite, tag: str) -> ResponseReturnValue:
    """Say in the draft what does not work without an essential tag."""
    return _save(site, tag, lambda draft: change_tag(draft, tag, {"necessity": _typed("necessity")}))


def _save(site: FoundSite, tag: str, change: Any) -> ResponseReturnValue:
    def checked(draft: Draft) -> Draft:
        find_tag(draft, tag)
        changed: Draft = change(draft)
        return changed

    try:
        change_draft(site, checked)
    except DraftError as error:
        return faulty_page(site, tag, error), 422
    flash("Saved in the draft.", "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


def _with_flags(site: FoundSite, draft: Draft, tag_id: str) -> Draft:
    tag = find_tag(draft, tag_id)
    is_sold = tag["group"] == "advertising" or request.form.get("sale_or_share") == "1"
    said = Flags(tag["group"] != ESSENTIAL and is_sold, sorted(set(request.form.getlist("exemptions"))))
    offered = {*services().rules.exemptions(tag["group"]), *tag["exemptions"]}
    if unknown := [one for one in said.exemptions if one not in offered]:
        raise DraftError({"exemptions": f"There is no exemption {unknown[0]} for the group {tag['group']}."})
    known, note = catalogue_flags(site, tag), _typed("flags_note")
    differs = (said.sale_or_share, said.exemptions) != (known.sale_or_share, sorted(known.exemptions))
    if differs and not note:
        raise DraftError({"flags_note": "Say on what ground this differs from the catalogue."})
    return change_tag(draft, tag_id, said._asdict() | {"flags_note": note if differs else ""})


def _with_payment(draft: Draft, tag_id: str) -> Draft:
    is_let, note = request.form.get("on_payment_pages") == "1", _typed("payment_note")
    if is_let and not note:
        raise DraftError({"payment_note": "Say who needs it on a page where people pay, and what for."})
    return change_tag(draft, tag_id, {"payment_note": note if is_let else ""})


def _typed(name: str) -> str:
    return " ".join(request.form.get(name, "").split())
