"""Banner editor: theme, texts, links and logo, with a live preview of the draft's banner."""

import re

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.theme import Logo
from consent.core.translatable import translatable
from consent.dashboard.banner.editor_form import MAX_LINKS, typed_draft
from consent.dashboard.banner.live_frame import PLACES, draft_error, live_frame
from consent.dashboard.banner.theme_templates import TEMPLATE_WORDS, TEMPLATES
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import TEXT_WORDS
from consent.dashboard.frame.drafts import SiteState, change_draft, check_unchanged, mark_of, site_state
from consent.dashboard.frame.headers import CSP
from consent.dashboard.frame.labels import LAYOUT_WORDS
from consent.dashboard.frame.locale import language_words, page_language, place_words
from consent.dashboard.frame.permissions import ACTIONS, allowed
from consent.presentation.english import GROUPS
from consent.presentation.languages import language_info
from consent.presentation.logo import MAX_BYTES, LogoError, read_logo
from consent.presentation.texts import TEXT_KEYS, banner_texts, owner_texts, untranslated
from consent.publishing.text_checks import text_errors
from consent.publishing.theme_checks import theme_errors
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_validation import DraftProblem
from consent.storage.database.base import db
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow

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
PORTUGAL = "link_cookie_policy_pt"
LONG = ("text", "notice", "withdrawal", "preferences_text")
CHANGED = translatable(
    "Someone else saved the look or these texts after you opened the page. Compare, then save again to replace their "
    "changes."
)


@blueprint.get("/sites/<site>/banner")
@allowed("see")
def banner(site: SiteRow) -> ResponseReturnValue:
    """Show the draft's theme and texts with the resulting banner; a button color offered in the URL is filled in."""
    offered = request.args.get("accent", "")
    if re.fullmatch("[0-9a-f]{6}", offered) and g.roles & ACTIONS["edit_look"]:
        return banner_page(site, {}, offered=f"#{offered}")
    return banner_page(site, {})


def banner_page(site: SiteRow, errors: dict[str, str], offered: str = "") -> Response:
    """Return the editor with the draft's values, and the sentences of `errors` next to the fields.

    `offered` is an unsaved button color, or empty.
    """
    state = site_state(site)
    draft = state.draft
    if offered and offered != draft["look"]["accent"]:
        draft = draft | {"look": draft["look"] | {"accent": offered}}
    else:
        offered = ""
    return _page(state, draft, _language(draft), errors, offered)


@blueprint.post("/sites/<site>/banner")
@allowed("edit_look")
def save_banner(site: SiteRow) -> ResponseReturnValue:
    """Save theme and texts to the draft, and continue in the requested language."""
    language = _language(site_state(site).draft)
    try:
        change_draft(site, lambda draft: _saved_draft(draft, language))
    except DraftError as error:
        state = site_state(site)
        page = _page(state, typed_draft(state.draft, language), language, error.fields)
        return page, 409 if "seen" in error.fields else 422
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.banner", site=site.key, language=request.form.get("next", language)))


@blueprint.route("/sites/<site>/banner/frame", methods=["GET", "POST"])
@allowed("see")
def banner_frame(site: SiteRow) -> ResponseReturnValue:
    """Render the draft's banner, with the values of a posted form; nothing is saved or sent."""
    state = site_state(site)
    language = _language(state.draft)
    draft = _shown_draft(state.draft, language)
    return draft_error(draft) or live_frame(site, draft, state.live, language)


@blueprint.post("/sites/<site>/banner/checks")
@allowed("see")
def banner_checks(site: SiteRow) -> ResponseReturnValue:
    """Validate the form without saving it."""
    state = site_state(site)
    draft = _shown_draft(state.draft, _language(state.draft))
    return render_template("dashboard/banner/_banner_checks.html", faults=_draft_problems(draft))


def _saved_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with the form's values. Raises DraftError if it has changed since the form was shown."""
    check_unchanged(_mark(draft, language), CHANGED)
    return typed_draft(draft, language)


def _mark(draft: Draft, language: str) -> str:
    """Return a fingerprint of what the form in `language` can change, without the logo, which has its own form."""
    theme = {name: value for name, value in draft["look"].items() if name != "logo"}
    texts = draft["texts"]
    return mark_of(theme, texts["languages"][language], texts.get("links", {}).get(language))


def _shown_draft(draft: Draft, language: str) -> Draft:
    """Return `draft` with the form's values, which are ignored without permission to edit the theme."""
    return typed_draft(draft, language) if request.method == "POST" and g.roles & ACTIONS["edit_look"] else draft


def _language(draft: Draft) -> str:
    """Return the requested language, else the draft's default. Answers 404 if the draft doesn't offer it."""
    language = str(request.values.get("language", draft["texts"]["default_language"]))
    if language not in draft["texts"]["languages"]:
        abort(404)
    return language


def _draft_problems(draft: Draft) -> list[DraftProblem]:
    """Return the problems in the draft's theme and texts that prevent publishing, even if the draft is invalid."""
    try:
        check_draft(draft, services().rules.codes)
    except DraftError as error:
        return [DraftProblem(path, sentence) for path, sentence in error.fields.items()]
    return [*theme_errors(draft["look"], services().rules), *text_errors(draft)]


def _page(state: SiteState, draft: Draft, language: str, errors: dict[str, str], offered: str = "") -> Response:
    texts = draft["texts"]
    languages = texts["languages"]
    inherited = owner_texts(language, languages | {language: {}})
    links = texts.get("links", {}).get(language, {})
    more = [*links.get("more", []), *[{"label": "", "url": ""}] * MAX_LINKS][:MAX_LINKS]
    page = render_template(
        "dashboard/banner/editor.html",
        look=draft["look"],
        layouts=LAYOUT_WORDS,
        templates=TEMPLATES,
        template_words=TEMPLATE_WORDS,
        own=languages[language],
        shipped=banner_texts(language) | inherited,
        text_words=TEXT_WORDS,
        link_words=_link_words(),
        links=links,
        more=more,
        info=language_info(language),
        tabs=[(language_info(code), len(untranslated(code, texts))) for code in sorted(languages, key=language_words)],
        default_language=texts["default_language"],
        first_words=FIRST_WORDS,
        group_words_keys=tuple(GROUPS),
        other_words=[key for key in TEXT_KEYS if key not in (*FIRST_WORDS, *GROUPS)],
        long=LONG,
        places=PLACES,
        policy_url=draft["controller"]["policy_url"],
        faults=_draft_problems(draft),
        errors=errors,
        pending=state.pending,
        mark=_mark(state.draft, language),
        offered=offered,
        is_headless="headless" in draft["overrides"],
    )
    return Response(page, headers={"Content-Security-Policy": f"{CSP}; frame-src 'self'"})


@blueprint.post("/sites/<site>/banner/logo")
@allowed("edit_look")
def upload_logo(site: SiteRow) -> ResponseReturnValue:
    """Add a logo to the draft."""
    file = request.files.get("logo")
    try:
        logo = read_logo(file.read(MAX_BYTES + 1) if file else b"")
    except LogoError as error:
        return banner_page(site, {"logo": str(error)}), 422
    name = configs.put_artifact(db.session, "logo", logo.body)
    db.session.commit()
    digits = name.removeprefix("sha256:")
    saved_logo: Logo = {"sha256": digits, "type": logo.type, "width": logo.width, "height": logo.height}
    change_draft(site, lambda draft: draft | {"look": draft["look"] | {"logo": saved_logo}})
    flash(gettext("The logo is in the draft."), "success")
    return redirect(url_for("dashboard.banner", site=site.key))


def _without_logo(draft: Draft) -> Draft:
    theme = draft["look"].copy()
    theme.pop("logo", None)
    return draft | {"look": theme}


@blueprint.post("/sites/<site>/banner/logo/removal")
@allowed("edit_look")
def remove_logo(site: SiteRow) -> ResponseReturnValue:
    """Remove the logo from the draft."""
    change_draft(site, _without_logo)
    flash(gettext("The logo was removed from the draft."), "success")
    return redirect(url_for("dashboard.banner", site=site.key))


def _link_words() -> dict[str, str]:
    """Return the links' labels in the reader's language; Portugal's has the same one as that of other places."""
    texts = banner_texts(page_language())
    return texts | {PORTUGAL: f"{texts[PORTUGAL]} ({place_words('PT')})"}
