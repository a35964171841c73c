"""The pages on which visitors pay, from which tags stay away unless an admin lets them there."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.permissions import allowed
from consent.snapshots.draft import OVERRIDES, Draft, DraftError
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/payment-pages")
@allowed("see")
def payment_pages(site: FoundSite) -> ResponseReturnValue:
    """Show the patterns of the pages on which visitors pay, and which tags run there."""
    return _page(site, _patterns(site_state(site).draft), {})


@blueprint.post("/sites/<site>/payment-pages")
@allowed("edit_overrides")
def save_payment_pages(site: FoundSite) -> ResponseReturnValue:
    """Save the patterns in the draft."""
    is_usual = request.form.get("usual") == "1"
    typed = (
        OVERRIDES["payment_paths"] if is_usual else list(dict.fromkeys(request.form.get("payment_paths", "").split()))
    )
    try:
        change_draft(site, lambda draft: draft | {"overrides": draft["overrides"] | {"payment_paths": typed}})
    except DraftError as error:
        sentence = "Each pattern begins with a slash and has no query: /checkout*, /*/payment."
        fault = {"payment_paths": sentence} if any("payment_paths" in path for path in error.fields) else error.fields
        return _page(site, typed, fault), 422
    flash("The payment pages are saved in the draft.", "success")
    return redirect(url_for("dashboard.payment_pages", site=site.key))


def _patterns(draft: Draft) -> list[str]:
    found: list[str] = draft["overrides"].get("payment_paths", [])
    return found


def _page(site: FoundSite, patterns: list[str], errors: dict[str, str]) -> str:
    draft = site_state(site).draft
    return render_template(
        "dashboard/payment_pages.html",
        patterns=patterns,
        shipped=OVERRIDES["payment_paths"],
        tags=[tag for tag in draft["tags"] if tag["group"] == "essential" or tag.get("payment_note")],
        errors=errors,
    )
