"""The settings of a site, a form for each part: who is responsible, hosts, and how the script works."""

import re
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft, site_state
from consent.dashboard.locale import language_words
from consent.dashboard.permissions import allowed
from consent.snapshots.blocking import HOLD
from consent.snapshots.draft import CONTROLLER, Draft, DraftError, missing_controller_facts
from consent.snapshots.time_zones import UTC
from consent.storage.sites import FoundSite

SWITCHES = ("public_log", "foreign_marks", "one_choices_link", "guard_cookies")


@blueprint.get("/sites/<site>/settings")
@allowed("see")
def settings(site: FoundSite) -> ResponseReturnValue:
    """Show all settings of the draft."""
    return _page(site, {})


@blueprint.post("/sites/<site>/settings/controller")
@allowed("edit_controller")
def save_controller(site: FoundSite) -> ResponseReturnValue:
    """Save who is responsible for the site."""
    facts = {fact: request.form.get(fact, "").strip() for fact in CONTROLLER}
    return _save(site, "controller", lambda draft: draft | {"controller": facts})


@blueprint.post("/sites/<site>/settings/hosts")
@allowed("edit_hosts")
def save_hosts(site: FoundSite) -> ResponseReturnValue:
    """Save the origins that the site is reached by."""
    hosts = [typed_origin(line) for line in request.form.get("hosts", "").split()]
    return _save(site, "hosts", lambda draft: draft | {"hosts": list(dict.fromkeys(hosts))})


@blueprint.post("/sites/<site>/settings/overrides")
@allowed("edit_overrides")
def save_overrides(site: FoundSite) -> ResponseReturnValue:
    """Save how the script works."""
    form = request.form
    overrides: dict[str, Any] = {name: form.get(name) == "1" for name in SWITCHES}
    overrides |= {
        "ask_for_new_vendors": form.get("ask_for_new_vendors", "now"),
        "unknown_hosts": form.get("unknown_hosts", HOLD),
        "allowed_hosts": list(dict.fromkeys(typed_entry(line) for line in form.get("allowed_hosts", "").split())),
        "cookie_scope": form.get("cookie_scope", "").strip().lower() or "host",
        "decision_seconds": _number(form.get("decision_seconds", "0")),
        "sends": form.getlist("sends"),
        "time_zone": form.get("time_zone", "").strip() or UTC,
        "sightings": _number(form.get("sightings", "0")),
    }
    return _save(site, "overrides", lambda draft: draft | {"overrides": draft["overrides"] | overrides})


def _save(site: FoundSite, part: str, change: Callable[[Draft], Draft]) -> ResponseReturnValue:
    try:
        change_draft(site, change)
    except DraftError as error:
        return _page(site, error.fields, change), 422
    flash("Saved in the draft. It counts for visitors from the next publish.", "success")
    return redirect(url_for("dashboard.settings", site=site.key, _anchor=part))


def _page(site: FoundSite, errors: dict[str, str], change: Callable[[Draft], Draft] | None = None) -> str:
    state = site_state(site)
    draft = change(state.draft) if change else state.draft
    return render_template(
        "dashboard/settings.html",
        draft=draft,
        errors={".".join(path.split(".")[:2]): sentence for path, sentence in errors.items()},
        language_names=[language_words(code) for code in state.draft["texts"]["languages"]],
        pending=state.pending,
        missing=missing_controller_facts(state.draft),
    )


def typed_origin(text: str) -> str:
    """Return what was typed as an origin: people paste addresses of pages."""
    found = re.fullmatch(r"(https?://)?([^/?#\s]+)([/?#]\S*)?", text.strip().lower())
    return f"{found[1] or 'https://'}{found[2]}" if found else text


def typed_entry(text: str) -> str:
    """Return what was typed as a host with the beginning of a path or none: people paste whole addresses."""
    host, slash, path = re.sub(r"^(https?:)?//", "", text.strip(), flags=re.IGNORECASE).partition("/")
    return host.lower() + slash + re.split(r"[?#]", path)[0]


def _number(text: str) -> int | str:
    """Return `text` as a number where it is one; what is not is refused by the schema."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else text
