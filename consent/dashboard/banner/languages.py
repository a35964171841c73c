"""Languages of a site: which are offered, which the owner has confirmed, and all texts of one language."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Draft
from consent.core.documents.texts import DraftTexts, Reader
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, change_draft, site_state
from consent.dashboard.frame.locale import language_words
from consent.dashboard.frame.permissions import allowed
from consent.log.audit_labels import FORMER
from consent.presentation.languages import SOURCE, LanguageInfo, language_info, languages
from consent.presentation.review_sheet import review_sheet, rows_by_place, texts_name
from consent.presentation.texts import (
    account_texts,
    banner_texts,
    declaration_texts,
    duration,
    handover_texts,
    purpose_texts,
    receipt_texts,
    request_texts,
    tcf_texts,
    untranslated,
)
from consent.publishing.text_checks import confirmed, unconfirmed
from consent.sites.draft import DraftError
from consent.sites.experiments.variants import in_languages
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.sites.sites import SiteRow

READ = (
    banner_texts,
    account_texts,
    handover_texts,
    tcf_texts,
    purpose_texts,
    receipt_texts,
    declaration_texts,
    request_texts,
)
"""What visitors read: both layers, the purposes, and the pages for receipts, cookies and requests."""
SHOWN = 10
"""How many offered languages are shown unfolded."""


@dataclass(frozen=True, slots=True)
class Row:
    """A language that the draft offers, and whether it is the default, confirmed by the owner, and live.

    `state` is the review state of its texts, `complete` how many of the required texts there are, and `missing` how
    many of the owner's own texts it lacks.
    """

    info: LanguageInfo
    state: str
    is_default: bool
    is_confirmed: bool
    is_live: bool
    complete: str
    missing: int


@blueprint.get("/sites/<site>/languages")
@allowed("see")
def site_languages(site: SiteRow) -> ResponseReturnValue:
    """Show the languages that the draft offers, and the others that are shipped."""
    return _page(site_state(site), {})


@blueprint.post("/sites/<site>/languages")
@allowed("edit_languages")
def save_languages(site: SiteRow) -> ResponseReturnValue:
    """Save which languages the draft offers, and which of them the owner has confirmed."""
    name = request.form.get("add", "").strip()
    added = _language_named(name) if name else None
    if name and added is None:
        return _page(site_state(site), {"add": gettext("Choose a language from the list, such as French.")}), 422
    try:
        change_draft(site, partial(_typed, added))
    except DraftError as error:
        return _page(site_state(site), error.fields), 422
    if added and not language_info(added).reviewed:
        sentence = gettext("Added to the draft. Read the texts, then confirm them: no speaker has reviewed them.")
        flash(sentence, "success")
        return redirect(url_for("dashboard.site_languages", site=site.key))
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.site_languages", site=site.key))


@blueprint.get("/sites/<site>/languages/<language>")
@allowed("see")
def language_texts(site: SiteRow, language: str) -> ResponseReturnValue:
    """Show every text of one language next to its English."""
    if language not in languages():
        abort(404)
    return _sheet(site, language, {})


@blueprint.post("/sites/<site>/languages/<language>")
@allowed("edit_languages")
def sign_language(site: SiteRow, language: str) -> ResponseReturnValue:
    """Record in the draft that the current user has read all texts of a language, which also confirms it."""
    if language not in languages() or language == SOURCE:
        abort(404)
    if request.form.get("read") != "1":
        return _sheet(site, language, {"read": gettext("Check this box once you have read every text.")}), 422
    change_draft(site, partial(_signed, language))
    flash(gettext("Signed and confirmed in the draft."), "success")
    return redirect(url_for("dashboard.language_texts", site=site.key, language=language))


@blueprint.get("/sites/<site>/languages/<language>/sheet")
@allowed("see")
def language_sheet(site: SiteRow, language: str) -> ResponseReturnValue:
    """Send a language's review sheet as a file to print."""
    if language not in languages():
        abort(404)
    name = f"attachment; filename=review-{language}.html"
    return Response(review_sheet(language), mimetype="text/html", headers={"Content-Disposition": name})


def _sheet(site: SiteRow, language: str, errors: dict[str, str]) -> str:
    state = site_state(site)
    return render_template(
        "dashboard/banner/language.html",
        info=language_info(language),
        state=_state_of(language, state.draft),
        places=[(where, [row[1:] for row in rows]) for where, rows in rows_by_place(language)],
        durations=_durations(language),
        is_source=language == SOURCE,
        errors=errors,
        pending=state.pending,
    )


def _signed(language: str, draft: Draft) -> Draft:
    """Return `draft` with the current user's signature for `language`, which also confirms it."""
    day = datetime.datetime.fromtimestamp(services().now, datetime.UTC).date().isoformat()
    reader: Reader = {"by": current_user.audit_id, "on": day, "texts": texts_name(language)}
    texts = draft["texts"].copy()
    texts["readers"] = texts.get("readers", {}) | {language: reader}
    texts["confirmed"] = sorted({*confirmed(draft), language})
    return draft | {"texts": texts}


def _state_of(language: str, draft: Draft) -> str:
    """Return the review state of a language's texts in words, from its catalog or from the signature on this site."""
    signed = draft["texts"].get("readers", {}).get(language)
    if signed is None and language in confirmed(draft) and not language_info(language).reviewed:
        return translatable("Machine-made; confirmed for this site")
    if signed is None or language_info(language).reviewed:
        return language_info(language).state
    by, on = signed["by"], signed["on"]
    reader = actors.names_of(db.session, {by}).get(by, FORMER)
    if signed["texts"] == texts_name(language):
        return translatable(f"Read by {reader} on {on}")
    return translatable(f"Read by {reader} on {on}; some texts have changed since")


def _language_named(name: str) -> str | None:
    """Return the language with this code or name (in English, the page's language or its own), or None."""
    wanted = name.casefold()
    for language in languages():
        info = language_info(language)
        names = (language, info.english_name, info.name, language_words(language))
        if wanted in (one.casefold() for one in names):
            return language
    return None


def _typed(added: str | None, draft: Draft) -> Draft:
    form = request.form
    own = draft["texts"]["languages"]
    texts: DraftTexts = {
        "default_language": form.get("default_language", ""),
        "languages": {
            language: own.get(language, {}) for language in [*form.getlist("languages"), *filter(None, [added])]
        },
    }
    readers = draft["texts"].get("readers", {})
    ticked = {*form.getlist("confirmed"), *(name for name in readers if name == added)}
    texts["confirmed"] = sorted(ticked & set(languages()))
    # Removing the confirmation of an offered language also removes its signature.
    if kept := {language: reader for language, reader in readers.items() if language in ticked or language not in own}:
        texts["readers"] = kept
    links = draft["texts"].get("links", {})
    if typed_links := {language: held for language, held in links.items() if language in texts["languages"]}:
        texts["links"] = typed_links
    return draft | {"texts": texts, "variants": in_languages(draft["variants"], texts["languages"])}


def _durations(language: str) -> list[tuple[str, str]]:
    """Return some cookie lifetimes in English and in `language`, whose words come from Babel."""
    return [
        (duration(life, "en"), duration(life, language))
        for life in (1800, DAY_SECONDS, 90 * DAY_SECONDS, 395 * DAY_SECONDS, 730 * DAY_SECONDS)
    ]


def _page(state: SiteState, errors: dict[str, str]) -> str:
    offered = state.draft["texts"]["languages"]
    missing = unconfirmed(state.draft, state.live)
    rows = [_row(language, state) for language in sorted(languages(), key=language_words) if language in offered]
    return render_template(
        "dashboard/banner/languages.html",
        # Languages that need attention come before the fold.
        rows=sorted(rows, key=lambda row: (not row.is_default, row.info.language not in missing, not row.missing)),
        others=[language_info(one) for one in sorted(languages(), key=language_words) if one not in offered],
        shown=SHOWN,
        unconfirmed=missing,
        typed_name=request.form.get("add", "") if errors else "",
        errors=errors,
        pending=state.pending,
    )


def _row(language: str, state: SiteState) -> Row:
    texts = state.draft["texts"]
    return Row(
        language_info(language),
        _state_of(language, state.draft),
        language == texts["default_language"],
        language in confirmed(state.draft),
        state.live is not None and language in state.live["texts"]["languages"],
        _complete(language),
        len(untranslated(language, texts)),
    )


def _complete(language: str) -> str:
    """Return how many of the English texts exist in `language`."""
    counts = [(len(_filled(of, language)), len(of("en"))) for of in READ]
    there, needed = (sum(numbers) for numbers in zip(*counts, strict=True))
    return gettext("%(there)s of %(needed)s", there=there, needed=needed)


def _filled(of: Callable[[str], dict[str, str]], language: str) -> list[str]:
    return [text for text in of(language).values() if text]
