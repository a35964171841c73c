"""A site's domains and apps: which other sites it shares choices with, and its native apps."""

from collections.abc import Callable
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Config, Draft
from consent.core.documents.site_settings import Handover
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import change_draft, config_document, site_state
from consent.dashboard.frame.permissions import allowed, my_sites
from consent.runtime.handover_groups import host_of
from consent.sites.draft import DraftError
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow

SHARED, WAITS_HERE, WAITS_THERE, NOT_LIVE, FOREIGN = "shared", "waits_here", "waits_there", "not_live", "foreign"
"""The state between two sites: sharing, a publish missing here or there, or a different controller."""


class Partner(NamedTuple):
    """Another site: its name if the caller may know it, whether the draft names it, and the state between both."""

    key: str
    name: str
    is_named: bool
    state: str
    hosts: list[str]


@blueprint.get("/sites/<site>/domains")
@allowed("see")
def domains(site: SiteRow) -> ResponseReturnValue:
    """Show which sites choices are shared with, and the site's apps."""
    return _page(site, {})


@blueprint.post("/sites/<site>/domains/sharing")
@allowed("edit_overrides")
def save_sharing(site: SiteRow) -> ResponseReturnValue:
    """Save which sites choices are shared with."""
    form = request.form
    keys = [*form.getlist("sites"), *form.get("others", "").lower().split()]
    named = [key for key in dict.fromkeys(keys) if key != site.key]
    handover: Handover = {"sites": named}
    if form.get("named") == "1":
        handover["named"] = True

    def change(draft: Draft) -> Draft:
        overrides = draft["overrides"].copy()
        overrides.pop("handover", None)
        if form.get("shares") == "1":
            overrides["handover"] = handover
        return draft | {"overrides": overrides}

    return _save(site, "sharing", change)


@blueprint.post("/sites/<site>/domains/apps")
@allowed("edit_overrides")
def save_apps(site: SiteRow) -> ResponseReturnValue:
    """Save the site's native apps."""
    apps = list(dict.fromkeys(name.removeprefix("app:") for name in request.form.get("apps", "").split()))

    def change(draft: Draft) -> Draft:
        overrides = draft["overrides"].copy()
        overrides.pop("apps", None)
        if apps:
            overrides["apps"] = apps
        return draft | {"overrides": overrides}

    return _save(site, "apps", change)


def _save(site: SiteRow, part: str, change: Callable[[Draft], Draft]) -> ResponseReturnValue:
    try:
        change_draft(site, change)
    except DraftError as error:
        errors = {"others" if ".handover" in path else "apps": text for path, text in error.fields.items()}
        return _page(site, errors), 422
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.domains", site=site.key, _anchor=part))


def _page(site: SiteRow, errors: dict[str, str]) -> str:
    state = site_state(site)
    overrides = state.draft["overrides"]
    handover = overrides.get("handover")
    return render_template(
        "dashboard/sites/domains.html",
        draft=state.draft,
        shares=handover is not None,
        named=bool(handover and handover.get("named")),
        partners=_partners(site, handover["sites"] if handover else [], state.live),
        own_hosts=[host_of(origin) for origin in state.draft["hosts"]],
        apps=overrides.get("apps", []),
        errors=errors,
        typed=request.form if errors else {},
        pending=state.pending,
    )


def _partners(site: SiteRow, named: list[str], live: Config | None) -> list[Partner]:
    """Return the named sites, and those that could be named because the caller has a role on them."""
    known = {one.key: one for one in my_sites() if one.key != site.key}
    found = []
    for key in dict.fromkeys([*named, *known]):
        row = known.get(key) or (sites.by_key(db.session, key) if key in named else None)
        document = config_document(row.live_config) if row else None
        name = known[key].name if key in known else key
        hosts = [host_of(origin) for origin in document["hosts"]] if document and key in named else []
        found.append(Partner(key, name, key in named, _state(site.key, key, live, document), hosts))
    return found


def _state(own: str, other: str, here: Config | None, there: Config | None) -> str:
    if there is None:
        return NOT_LIVE
    if not _names(there, own):
        return WAITS_THERE
    if here is not None and here["controller"]["name"] != there["controller"]["name"]:
        return FOREIGN
    return SHARED if here is not None and _names(here, other) else WAITS_HERE


def _names(document: Config, key: str) -> bool:
    return key in document["overrides"].get("handover", {"sites": []})["sites"]
