"""A site's payment pages, on which tags don't run unless an admin allows them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.sites.draft import OVERRIDES, DraftError
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/payment-pages")
@allowed("see")
def payment_pages(site: SiteRow) -> ResponseReturnValue:
    """Show the patterns of payment pages, and which tags run there."""
    return _page(site, _patterns(site_state(site).draft), {})


@blueprint.post("/sites/<site>/payment-pages")
@allowed("edit_overrides")
def save_payment_pages(site: SiteRow) -> ResponseReturnValue:
    """Save the patterns to the draft."""
    is_usual = request.form.get("usual") == "1"
    typed = (
        OVERRIDES["payment_paths"] if is_usual else list(dict.fromkeys(request.form.get("payment_paths", "").split()))
    )
    try:
        change_draft(site, lambda draft: draft | {"overrides": draft["overrides"] | {"payment_paths": typed}})
    except DraftError as error:
        sentence = gettext("Each pattern begins with a slash and has no query: /checkout*, /*/payment.")
        shown_errors = (
            {"payment_paths": sentence} if any("payment_paths" in path for path in error.fields) else error.fields
        )
        return _page(site, typed, shown_errors), 422
    flash(gettext("The payment pages are saved in the draft."), "success")
    return redirect(url_for("dashboard.payment_pages", site=site.key))


def _patterns(draft: Draft) -> list[str]:
    patterns: list[str] = draft["overrides"].get("payment_paths", [])
    return patterns


def _page(site: SiteRow, patterns: list[str], errors: dict[str, str]) -> str:
    draft = site_state(site).draft
    return render_template(
        "dashboard/tags/payment_pages.html",
        patterns=patterns,
        shipped=OVERRIDES["payment_paths"],
        tags=[tag for tag in draft["tags"] if tag["group"] == "essential" or tag.get("payment_note")],
        errors=errors,
    )
