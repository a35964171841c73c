"""The banner editor: look, words, links and logo, with the banner itself beside them as it would be."""

from typing import Any

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.decide import Signals
from consent.core.rules import Place
from consent.dashboard.banner_form import MOST_LINKS, TEXT_WORDS, typed_draft
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import SiteState, change_draft, site_state
from consent.dashboard.headers import CSP
from consent.dashboard.permissions import ACTIONS, allowed
from consent.dashboard.services import services
from consent.dashboard.words import LAYOUT_WORDS
from consent.snapshots.compile import day_of_time
from consent.snapshots.draft import Draft, DraftError, check_draft
from consent.snapshots.english import GROUPS
from consent.snapshots.fault import Fault
from consent.snapshots.frame import Frame, frame
from consent.snapshots.languages import language_info
from consent.snapshots.look import DARK, LIGHT
from consent.snapshots.look_checks import look_faults
from consent.snapshots.preview import config_of
from consent.snapshots.publish import freeze
from consent.snapshots.script_facts import Showing
from consent.snapshots.text_checks import text_faults
from consent.snapshots.texts import TEXT_KEYS, banner_texts, owner_texts, untranslated
from consent.storage.models import db
from consent.storage.sites import FoundSite

FIRST_WORDS = (
    "title",
    "text",
    "accept_all",
    "reject_all",
    "settings",
    "withdrawal",
    "notice_title",
    "notice",
    "opt_out",
)
LONG = ("text", "notice", "withdrawal", "preferences_text")
PLACES = {
    "DE": "Germany, where it asks",
    "GB": "United Kingdom",
    "US-CA": "California, where one can opt out",
    "US-TX": "Texas",
    "": "An unknown place, the strictest",
}
"""Where the preview can stand: one place for each kind of first layer."""
NOTHING = "default-src 'none'; frame-ancestors 'self'"


@blueprint.get("/sites/<site>/banner")
@allowed("see")
def banner(site: FoundSite) -> ResponseReturnValue:
    """Show look and words of the draft, beside the banner that they make."""
    return banner_page(site, {})


def banner_page(site: FoundSite, errors: dict[str, str]) -> Response:
    """Return the editor with what the draft holds, and the sentences of `errors` beside the fields."""
    state = site_state(site)
    return _page(state, state.draft, _language(state.draft), errors)


@blueprint.post("/sites/<site>/banner")
@allowed("edit_look")
def save_banner(site: FoundSite) -> ResponseReturnValue:
    """Save look and words in the draft, and go on in the language that was asked for."""
    language = _language(site_state(site).draft)
    try:
        change_draft(site, lambda draft: typed_draft(draft, language))
    except DraftError as error:
        state = site_state(site)
        return _page(state, typed_draft(state.draft, language), language, error.fields), 422
    flash("Saved in the draft. It counts for visitors from the next publish.", "success")
    return redirect(url_for("dashboard.banner", site=site.key, language=request.form.get("next", language)))


@blueprint.route("/sites/<site>/banner/frame", methods=["GET", "POST"])
@allowed("see")
def banner_frame(site: FoundSite) -> ResponseReturnValue:
    """Draw the banner of the draft, with what the form says where one is sent; nothing is saved, nothing is sent out."""
    state = site_state(site)
    language = _language(state.draft)
    draft = _in_scheme(_shown_draft(state.draft, language))
    try:
        check_draft(draft, services().rules.codes)
    except DraftError as error:
        sentence = next(iter(error.fields.values()))
        return Response(sentence, headers={"Content-Security-Policy": NOTHING}, mimetype="text/plain")
    drawn = _drawn(site, draft, state.live, language)
    return Response(drawn.page, headers={"Content-Security-Policy": drawn.policy})


@blueprint.post("/sites/<site>/banner/checks")
@allowed("see")
def banner_checks(site: FoundSite) -> ResponseReturnValue:
    """Say what keeps what the form says from being published; nothing is saved."""
    state = site_state(site)
    draft = _shown_draft(state.draft, _language(state.draft))
    return render_template("dashboard/_banner_checks.html", faults=_faults(draft))


def _drawn(site: FoundSite, draft: Draft, live: dict[str, Any] | None, language: str) -> Frame:
    given, country, layer = services(), request.values.get("place", "DE"), request.values.get("layer", "1")
    if country not in PLACES or layer not in ("1", "2"):
        abort(404)
    code, _, subdivision = country.partition("-")
    showing = Showing(
        config_of(freeze(draft, live, live["version"] + 1 if live else 1, given.artefacts), site.id, given.rules),
        Place(code or None, subdivision or None, "token"),
        Signals(),
        language,
        day_of_time(given.now),
        given.rules.version,
    )
    device = request.values.get("device")
    schemes = device if device in (LIGHT, DARK) else f"{LIGHT} {DARK}"
    return frame(db.session, showing, given.artefacts.banner, given.now, layer=int(layer), schemes=schemes)


def _shown_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with what the form says; the form of somebody who may not change the look says nothing."""
    return typed_draft(draft, language) if request.method == "POST" and g.roles & ACTIONS["edit_look"] else draft


def _in_scheme(draft: Draft) -> Draft:
    """Return `draft` as a device in the scheme that was asked for meets it; not every browser lets a frame have its own."""
    device = request.values.get("device")
    follows = draft["look"].get("scheme", "auto") == "auto"
    return draft | {"look": draft["look"] | {"scheme": device}} if device in (LIGHT, DARK) and follows else draft


def _language(draft: Draft) -> str:
    """Return which language of `draft` is looked at: the default one, where none is asked for."""
    asked = str(request.values.get("language", draft["texts"]["default_language"]))
    if asked not in draft["texts"]["languages"]:
        abort(404)
    return asked


def _faults(draft: Draft) -> list[Fault]:
    """Return what keeps look and words of `draft` from being published, also where its form is faulty."""
    try:
        check_draft(draft, services().rules.codes)
    except DraftError as error:
        return [Fault(path, sentence) for path, sentence in error.fields.items()]
    return [*look_faults(draft["look"], services().rules), *text_faults(draft)]


def _page(state: SiteState, draft: Draft, language: str, errors: dict[str, str]) -> Response:
    texts = draft["texts"]
    languages = texts["languages"]
    inherited = owner_texts(language, languages | {language: {}})
    links = texts.get("links", {}).get(language, {})
    more = [*links.get("more", []), *[{"label": "", "url": ""}] * MOST_LINKS][:MOST_LINKS]
    page = render_template(
        "dashboard/banner.html",
        look=draft["look"],
        layouts=LAYOUT_WORDS,
        own=languages[language],
        shipped=banner_texts(language) | inherited,
        text_words=TEXT_WORDS,
        links=links,
        more=more,
        info=language_info(language),
        tabs=[(language_info(code), len(untranslated(code, texts))) for code in languages],
        default_language=texts["default_language"],
        first_words=FIRST_WORDS,
        group_words_keys=tuple(GROUPS),
        other_words=[key for key in TEXT_KEYS if key not in (*FIRST_WORDS, *GROUPS)],
        long=LONG,
        places=PLACES,
        policy_url=draft["controller"]["policy_url"],
        faults=_faults(draft),
        errors=errors,
        pending=state.pending,
    )
    return Response(page, headers={"Content-Security-Policy": f"{CSP}; frame-src 'self'"})
