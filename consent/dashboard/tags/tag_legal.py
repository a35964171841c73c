"""A tag's legal settings: mode, sale or sharing, exemptions, necessity, use on payment pages."""

from flask import request
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.tags import TagChange
from consent.core.groups import ESSENTIAL
from consent.dashboard.frame.context import services
from consent.dashboard.frame.site_catalog import catalog_flags, template_of
from consent.dashboard.tags.tag_page import find_tag
from consent.sites.draft import DraftError, change_tag
from consent.sites.tag_flags import NO_MODE, NO_NOTE, Flags, differ_from_catalog, unknown_exemption
from consent.storage.sites.sites import SiteRow


def with_mode(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Set whether a tag runs limited where it may not run in full. Raises DraftError if it has no such mode."""
    is_on = request.form.get("limited") == "1"
    tag = find_tag(draft, tag_id)
    template = template_of(site, tag)
    mode = template.limited if template else None
    if is_on and not mode:
        raise DraftError({"limited": NO_MODE})
    reason = request.form.get("limited_reason", "").strip()
    return change_tag(draft, tag_id, {"limited": mode if is_on else None, "limited_reason": reason if is_on else ""})


def with_flags(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Set whether a tag sells, shares or is exempt.

    Raises DraftError for a deviation from the catalog without a reason.
    """
    tag = find_tag(draft, tag_id)
    is_sold = tag["group"] == "advertising" or request.form.get("sale_or_share") == "1"
    flags = Flags(tag["group"] != ESSENTIAL and is_sold, sorted(set(request.form.getlist("exemptions"))))
    offered = {*services().rules.exemptions(tag["group"]), *tag["exemptions"]}
    if unknown := [one for one in flags.exemptions if one not in offered]:
        raise DraftError({"exemptions": unknown_exemption(tag["group"], unknown[0])})
    note = _typed("flags_note")
    differs = differ_from_catalog(flags, catalog_flags(site, tag))
    if differs and not note:
        raise DraftError({"flags_note": NO_NOTE})
    is_same = flags.exemptions == sorted(tag["exemptions"])
    facts: TagChange = {
        "sale_or_share": flags.sale_or_share,
        "exemptions": tag["exemptions"] if is_same else flags.exemptions,
        "flags_note": note if differs else "",
        "precise_location": request.form.get("precise_location") == "1",
    }
    return change_tag(draft, tag_id, facts)


def with_payment(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Allow a tag on payment pages, or disallow it. Raises DraftError without a reason."""
    is_allowed, note = request.form.get("on_payment_pages") == "1", _typed("payment_note")
    if is_allowed and not note:
        raise DraftError({"payment_note": gettext("Say who needs it on a page where people pay, and what for.")})
    return change_tag(draft, tag_id, {"payment_note": note if is_allowed else ""})


def with_necessity(site: SiteRow, draft: Draft, tag_id: str) -> Draft:
    """Set what doesn't work without an essential tag."""
    return change_tag(draft, tag_id, {"necessity": _typed("necessity")})


def _typed(name: str) -> str:
    return " ".join(request.form.get(name, "").split())
