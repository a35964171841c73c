"""A site's settings, one form per section: data controller, hosts, script behavior."""

import datetime
import re
from collections.abc import Callable
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.config.env_readers import is_loopback
from consent.core.documents.config import Draft
from consent.core.documents.gpp import GppSettings
from consent.core.documents.site_settings import Overrides
from consent.core.gpp.mapping import DEFAULTS, SWITCH
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, check_unchanged, mark_of, site_state, typed_number
from consent.dashboard.frame.gpp_labels import SENSITIVE_WORDS
from consent.dashboard.frame.locale import language_words, page_language, translated
from consent.dashboard.frame.permissions import allowed
from consent.presentation.links import ADDRESSED, DECLARED, STATED
from consent.publishing.required_links import label_of
from consent.runtime.blocking import HOLD
from consent.sites.cookie_domain import HOST, possible_scopes
from consent.sites.draft import CONTROLLER, DraftError, controller_of, missing_controller_facts
from consent.sites.moving.old_choices import RUNNING
from consent.sites.time_zones import UTC
from consent.sites.vendor_lists.site_cut import SWITCH as TCF_SWITCH
from consent.storage.sites.sites import SiteRow

OWN_FORMS = (SWITCH, TCF_SWITCH)
"""Signals to other scripts that have their own forms."""
CHANGED = translatable(
    "Someone else saved these settings after you opened the page. Compare, then save again to replace their changes."
)
OVERRIDES = {
    "links": ("link_addresses", "sale_notices"),
    "overrides": (
        *("public_log", "foreign_marks", "one_choices_link", "guard_cookies", "accounts", "visitor_requests"),
        *("ask_for_new_vendors", "unknown_hosts", "allowed_hosts", "cookie_scope", "decision_seconds", "asked_groups"),
        *("time_zone", "sightings", "old_tool"),
    ),
    "gpp": ("gpp",),
    "headless": ("headless",),
}
"""The overrides that each form of the page sets, besides `sends`."""
MAX_NAMES = 3
"""How many places are named next to a link."""


@blueprint.get("/sites/<site>/settings")
@allowed("see")
def settings(site: SiteRow) -> ResponseReturnValue:
    """Show all settings of the draft."""
    return _page(site, {})


@blueprint.post("/sites/<site>/settings/controller")
@allowed("edit_controller")
def save_controller(site: SiteRow) -> ResponseReturnValue:
    """Save who is responsible for the site."""
    facts = controller_of({fact: request.form.get(fact, "").strip() for fact in CONTROLLER})
    return _save(site, "controller", lambda draft: draft | {"controller": facts})


@blueprint.post("/sites/<site>/settings/links")
@allowed("edit_controller")
def save_links(site: SiteRow) -> ResponseReturnValue:
    """Save the targets of the links that laws require, and the notices of sale."""
    addresses, notices = _typed_by(ADDRESSED), _typed_by(STATED)
    return _save(
        site, "links", lambda draft: draft | {"overrides": _with_links(draft["overrides"], addresses, notices)}
    )


def _typed_by(tokens: tuple[str, ...]) -> dict[str, str]:
    return {token: text for token in tokens if (text := " ".join(request.form.get(token, "").split()))}


def _with_links(owner: Overrides, addresses: dict[str, str], notices: dict[str, str]) -> Overrides:
    """Return the settings with these links; empty values are omitted, as in drafts that predate them."""
    kept = owner.copy()
    kept.pop("link_addresses", None)
    kept.pop("sale_notices", None)
    if addresses:
        kept["link_addresses"] = addresses
    if notices:
        kept["sale_notices"] = notices
    return kept


@blueprint.post("/sites/<site>/settings/hosts")
@allowed("edit_hosts")
def save_hosts(site: SiteRow) -> ResponseReturnValue:
    """Save the site's origins."""
    hosts = [typed_origin(line) for line in request.form.get("hosts", "").split()]
    return _save(site, "hosts", lambda draft: draft | {"hosts": list(dict.fromkeys(hosts))})


@blueprint.post("/sites/<site>/settings/overrides")
@allowed("edit_overrides")
def save_overrides(site: SiteRow) -> ResponseReturnValue:
    """Save how the script works."""
    return _save(site, "overrides", lambda draft: draft | {"overrides": _typed(draft["overrides"])})


@blueprint.post("/sites/<site>/settings/gpp")
@allowed("edit_overrides")
def save_gpp(site: SiteRow) -> ResponseReturnValue:
    """Save whether and what pages signal about US visitors with the Global Privacy Platform."""
    return _save(site, "gpp", lambda draft: draft | {"overrides": _typed_gpp(draft["overrides"])})


@blueprint.post("/sites/<site>/settings/headless")
@allowed("edit_overrides")
def save_headless(site: SiteRow) -> ResponseReturnValue:
    """Save whether the pages render the layers themselves, and which page is checked on publishing."""
    return _save(site, "headless", lambda draft: draft | {"overrides": _typed_headless(draft["overrides"])})


def _typed_headless(owner: Overrides) -> Overrides:
    kept = owner.copy()
    kept.pop("headless", None)
    if request.form.get("headless") == "1":
        kept["headless"] = {"page": request.form.get("page", "").strip()}
    return kept


def _typed_gpp(owner: Overrides) -> Overrides:
    form = request.form
    answer = form.get("opt_out_notice", "")
    settings: GppSettings = {
        "approach": form.get("approach", ""),
        "mspa": form.get("mspa", ""),
        "sensitive": form.getlist("sensitive"),
    }
    if answer:
        settings["opt_out_notice"] = answer == "given"
    others = [name for name in owner.get("sends", []) if name != SWITCH]
    return owner | {"gpp": settings, "sends": others + [SWITCH] * (form.get("gpp") == "1")}


def _typed(owner: Overrides) -> Overrides:
    form, kept = request.form, owner.copy()
    kept.pop("accounts", None)
    kept.pop("visitor_requests", None)
    kept.pop("old_tool", None)
    return kept | {
        "public_log": form.get("public_log") == "1",
        "foreign_marks": form.get("foreign_marks") == "1",
        "one_choices_link": form.get("one_choices_link") == "1",
        "guard_cookies": form.get("guard_cookies") == "1",
        **({"accounts": True} if form.get("accounts") == "1" else {}),
        **({"visitor_requests": True} if form.get("visitor_requests") == "1" else {}),
        **({"old_tool": form["old_tool"]} if form.get("old_tool") else {}),
        "ask_for_new_vendors": form.get("ask_for_new_vendors", "now"),
        "unknown_hosts": form.get("unknown_hosts", HOLD),
        "allowed_hosts": list(dict.fromkeys(typed_entry(line) for line in form.get("allowed_hosts", "").split())),
        "cookie_scope": form.get("cookie_scope", "").strip().lower() or "host",
        "decision_seconds": typed_number(form.get("decision_seconds", "0")),
        "asked_groups": form.getlist("asked_groups"),
        "sends": form.getlist("sends") + [name for name in OWN_FORMS if name in owner.get("sends", [])],
        "time_zone": form.get("time_zone", "").strip() or UTC,
        "sightings": typed_number(form.get("sightings", "0")),
    }


def _save(site: SiteRow, part: str, change: Callable[[Draft], Draft]) -> ResponseReturnValue:
    def changed(draft: Draft) -> Draft:
        check_unchanged(_mark(draft, part), CHANGED)
        return change(draft)

    try:
        change_draft(site, changed)
    except DraftError as error:
        return _page(site, error.fields, change), 409 if "seen" in error.fields else 422
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.settings", site=site.key, _anchor=part))


def _mark(draft: Draft, part: str) -> str:
    """Return a fingerprint of what the form of `part` can change."""
    if part not in OVERRIDES:
        return mark_of(draft["controller"] if part == "controller" else draft["hosts"])
    owner = draft["overrides"]
    others = [name for name in owner.get("sends", []) if name not in OWN_FORMS]
    sent = {"overrides": others, "gpp": [SWITCH] if SWITCH in owner.get("sends", []) else []}.get(part)
    return mark_of({name: value for name, value in owner.items() if name in OVERRIDES[part]}, sent)


def _page(site: SiteRow, errors: dict[str, str], change: Callable[[Draft], Draft] | None = None) -> str:
    state = site_state(site)
    draft = change(state.draft) if change else state.draft
    return render_template(
        "dashboard/sites/settings.html",
        draft=draft,
        gpp={**DEFAULTS, **draft["overrides"].get("gpp", {})},
        sensitive_words=SENSITIVE_WORDS,
        old_tools=RUNNING,
        scopes=_scopes(state.draft, draft),
        errors={_field_of(path): sentence for path, sentence in errors.items()},
        links=[
            LinkField(token, label_of(token, page_language()), _requiring_places(token), token in DECLARED)
            for token in ADDRESSED
        ],
        notices=[
            LinkField(token, label_of(token, page_language()), _requiring_places(token), is_declared=False)
            for token in STATED
        ],
        language_names=[language_words(code) for code in state.draft["texts"]["languages"]],
        pending=state.pending,
        marks={part: _mark(state.draft, part) for part in ("controller", "hosts", *OVERRIDES)},
        missing=missing_controller_facts(state.draft),
        policy_field="date" if _is_date(draft["controller"]["policy_revision"]) else "text",
    )


def _scopes(stored: Draft, typed: Draft) -> list[str]:
    """Return the domains that the choices of the site can count for, including the stored and the typed one."""
    scopes = [*possible_scopes(stored["hosts"]), *(draft["overrides"]["cookie_scope"] for draft in (stored, typed))]
    return [scope for scope in dict.fromkeys(scopes) if scope != HOST]


def _is_date(text: str) -> bool:
    """Return whether a date field can show `text`; older drafts may contain anything."""
    try:
        return not text or datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class LinkField(NamedTuple):
    """A field for a link or notice that some places' laws require; `is_declared` if it defaults to the declaration."""

    token: str
    label: str
    places: str
    is_declared: bool


def _requiring_places(token: str) -> str:
    """Return the places that require a link, in words."""
    rows = [row for row in services().rules.rows.values() if token in row["required_links"].split(";")]
    names = [translated(row["name"]) for row in rows[:MAX_NAMES]]
    listed = ", ".join(names)
    if len(rows) <= MAX_NAMES:
        return listed
    return gettext("%(names)s and %(count)s more", names=listed, count=len(rows) - MAX_NAMES)


def _field_of(path: str) -> str:
    parts = path.split(".")
    return parts[2] if parts[1:2] in (["link_addresses"], ["sale_notices"]) and len(parts) > 2 else ".".join(parts[:2])


def typed_origin(text: str) -> str:
    """Return typed text as an origin, since users paste page URLs; a host of this machine without a scheme is http."""
    match = re.fullmatch(r"(https?://)?([^/?#\s]+)([/?#]\S*)?", text.strip().lower())
    if match is None:
        return text
    scheme = match[1] or ("http://" if _is_local(match[2]) else "https://")
    return f"{scheme}{match[2]}"


def _is_local(host: str) -> bool:
    """Return whether a typed host, with or without a port, names this machine."""
    try:
        return is_loopback(f"http://{host}")
    except ValueError:
        return False


def typed_entry(text: str) -> str:
    """Return typed text as a host with an optional path prefix, since users paste whole URLs."""
    host, slash, path = re.sub(r"^(https?:)?//", "", text.strip(), flags=re.IGNORECASE).partition("/")
    return host.lower() + slash + re.split(r"[?#]", path)[0]
