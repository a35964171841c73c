"""Languages of a site: which are offered, which a speaker has confirmed, and all texts of one language."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.texts import DraftTexts
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.drafts import SiteState, change_draft, site_state
from consent.dashboard.frame.locale import language_words
from consent.dashboard.frame.permissions import allowed
from consent.presentation.languages import LanguageInfo, language_info, languages
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
"""What visitors read: both layers, the purposes, and the pages of their receipts, of the cookies and of requests."""
SHOWN = 10
"""Offered languages that are not folded."""


@dataclass(frozen=True, slots=True)
class Row:
    """A language that the draft offers: whether it is the default, whether the owner confirmed it, whether it is live.

    `complete` tells how many texts there are of those that there must be, `missing` how many own words it lacks.
    """

    info: LanguageInfo
    is_default: bool
    is_confirmed: bool
    is_live: bool
    complete: str
    missing: int


@blueprint.get("/sites/<site>/languages")
@allowed("see")
def site_languages(site: SiteRow) -> ResponseReturnValue:
    """Show all languages that are shipped and those that the draft offers."""
    return _page(site_state(site), {})


@blueprint.post("/sites/<site>/languages")
@allowed("edit_languages")
def save_languages(site: SiteRow) -> ResponseReturnValue:
    """Save which languages the draft offers, and which of them the owner has confirmed."""
    name = request.form.get("add", "").strip()
    added = _language_named(name) if name else None
    if name and added is None:
        return _page(site_state(site), {"add": gettext("Choose a language of the list, such as French.")}), 422
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
    """Show every text of one language beside its English."""
    if language not in languages():
        abort(404)
    state = site_state(site)
    return render_template(
        "dashboard/banner/language.html",
        info=language_info(language),
        rows=[*zip(_texts("en").values(), _texts(language).values(), strict=True), *_durations(language)],
        pending=state.pending,
    )


def _language_named(name: str) -> str | None:
    """Return the language with a code or a name: in English, in the language of the page, or its own."""
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
        "confirmed": sorted(set(form.getlist("confirmed")) & set(languages())),
    }
    links = draft["texts"].get("links", {})
    if typed_links := {language: held for language, held in links.items() if language in texts["languages"]}:
        texts["links"] = typed_links
    return draft | {"texts": texts, "variants": in_languages(draft["variants"], texts["languages"])}


def _texts(language: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for of in READ:
        texts |= of(language)
    return texts


def _durations(language: str) -> list[tuple[str, str]]:
    """Return some lifetimes of cookies in English and `language`; Babel has the words of each language."""
    day = 86400
    return [(duration(life, "en"), duration(life, language)) for life in (1800, day, 90 * day, 395 * day, 730 * day)]


def _page(state: SiteState, errors: dict[str, str]) -> str:
    offered = state.draft["texts"]["languages"]
    missing = unconfirmed(state.draft, state.live)
    rows = [_row(language, state) for language in sorted(languages(), key=language_words) if language in offered]
    return render_template(
        "dashboard/banner/languages.html",
        # What somebody has to look at comes before the fold.
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
        language == texts["default_language"],
        language in confirmed(state.draft),
        state.live is not None and language in state.live["texts"]["languages"],
        _complete(language),
        len(untranslated(language, texts)),
    )


def _complete(language: str) -> str:
    """Return how many of the texts that English has are there."""
    counts = [(len(_filled(of, language)), len(of("en"))) for of in READ]
    there, needed = (sum(numbers) for numbers in zip(*counts, strict=True))
    return gettext("%(there)s of %(needed)s", there=there, needed=needed)


def _filled(of: Callable[[str], dict[str, str]], language: str) -> list[str]:
    return [text for text in of(language).values() if text]
