"""Page *Experiment*: variants of the banner, how visitors answer each, and ending it by hand."""

from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.documents.theme import Variant
from consent.core.translatable import translatable
from consent.dashboard.banner.experiment_form import LONG, TEXTS, typed_variant
from consent.dashboard.banner.live_frame import draft_error, live_frame
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import TEXT_WORDS
from consent.dashboard.frame.drafts import SiteState, change_draft, check_unchanged, mark_of, site_state
from consent.dashboard.frame.headers import CSP
from consent.dashboard.frame.labels import LAYOUT_WORDS
from consent.dashboard.frame.locale import language_words, percent
from consent.dashboard.frame.permissions import ACTIONS, allowed
from consent.presentation.texts import banner_texts, owner_texts
from consent.publishing.checks import banner_problems, copy_sentence, variant_problems
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_validation import DraftProblem
from consent.sites.experiments.intervals import Interval
from consent.sites.experiments.runs import Comparison, Result, Run, comparisons, results, runs
from consent.sites.experiments.variants import (
    CONTROL,
    IDS,
    free_variant,
    is_drawn_in,
    is_experiment,
    variant_draft,
    with_variant,
    with_winner,
    without_variant,
)
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

CHANGED = translatable(
    "Someone else saved this variant after you opened the page. Compare, then save again to replace their changes."
)
OTHERS = translatable("Someone else changed the variants after you opened the page. Look at them again first.")
REVIEW = "review"
"""Value of the button that also leads to the page *Publish*."""


class VariantCard(NamedTuple):
    """A variant of the draft: its index, its share of page views, and the problems that prevent publishing it.

    `mark` is a fingerprint of its saved state.
    """

    variant: Variant
    number: int
    share: float
    problems: list[DraftProblem]
    mark: str


class RunView(NamedTuple):
    """A run with its counts, and the conclusions as sentences."""

    run: Run
    results: list[Result]
    sentences: list[str]


@blueprint.get("/sites/<site>/experiment")
@allowed("see")
def experiment(site: SiteRow) -> ResponseReturnValue:
    """Show the draft's variants, and the counts of those that have been live."""
    return _page(site, {})


@blueprint.post("/sites/<site>/experiment/variants/<variant>")
@allowed("edit_look")
def save_variant(site: SiteRow, variant: str) -> ResponseReturnValue:
    """Save a new or existing variant to the draft."""
    draft = site_state(site).draft
    language = _language(draft)
    if variant not in {one["id"] for one in draft["variants"]} and variant != free_variant(draft):
        abort(404)
    try:
        change_draft(site, lambda draft: _saved_variant(draft, variant, language))
    except DraftError as error:
        draft = site_state(site).draft
        typed = with_variant(draft, typed_variant(draft, variant, language))
        return _page(site, error.fields, typed), 409 if "seen" in error.fields else 422
    if request.form.get("then") == REVIEW:
        return redirect(url_for("dashboard.review", site=site.key))
    flash(gettext("Saved to the draft. Visitors get it after you publish."), "success")
    return redirect(url_for("dashboard.experiment", site=site.key, language=language))


@blueprint.post("/sites/<site>/experiment/variants/<variant>/removal")
@allowed("edit_look")
def remove_variant(site: SiteRow, variant: str) -> ResponseReturnValue:
    """Remove a variant from the draft."""
    _check_known(site_state(site).draft, variant)

    def changed(draft: Draft) -> Draft:
        check_unchanged(_mark(draft, variant), OTHERS)
        return without_variant(draft, variant)

    if stale := _save_or_conflict(site, changed):
        return stale
    flash(gettext("Variant %(variant)s was removed from the draft.", variant=variant.upper()), "success")
    return redirect(url_for("dashboard.experiment", site=site.key))


@blueprint.post("/sites/<site>/experiment/end")
@allowed("edit_look")
def end_experiment(site: SiteRow) -> ResponseReturnValue:
    """End the experiment in the draft: the chosen variant becomes the banner."""
    winner = request.form.get("winner", "")
    _check_known(site_state(site).draft, winner)

    def changed(draft: Draft) -> Draft:
        check_unchanged(mark_of(draft["variants"]), OTHERS)
        return with_winner(draft, winner)

    if stale := _save_or_conflict(site, changed):
        return stale
    flash(
        gettext(
            "Variant %(variant)s is the banner of the draft. Publish it to end the experiment.", variant=winner.upper()
        ),
        "success",
    )
    return redirect(url_for("dashboard.review", site=site.key))


@blueprint.route("/sites/<site>/experiment/variants/<variant>/frame", methods=["GET", "POST"])
@allowed("see")
def variant_frame(site: SiteRow, variant: str) -> ResponseReturnValue:
    """Render the first layer of a variant, with the values of a posted form; nothing is saved, sent or counted."""
    state = site_state(site)
    language = _language(state.draft)
    draft, number = _shown_draft(state.draft, variant, language)
    shown = variant_draft(draft, draft["variants"][number])
    return draft_error(draft) or live_frame(site, shown, state.live, language)


@blueprint.post("/sites/<site>/experiment/variants/<variant>/checks")
@allowed("see")
def variant_checks(site: SiteRow, variant: str) -> ResponseReturnValue:
    """Validate a variant's form without saving it."""
    draft = site_state(site).draft
    draft, number = _shown_draft(draft, variant, _language(draft))
    return render_template("dashboard/banner/_banner_checks.html", faults=_problems(draft, number))


def _shown_draft(draft: Draft, variant: str, language: str) -> tuple[Draft, int]:
    """Return `draft` with a posted form's values, and the number of the variant; the next free one starts as a copy.

    The form is ignored without permission to edit the theme. Answers 404 if there is no such variant.
    """
    known = next((one for one in draft["variants"] if one["id"] == variant), None)
    if known is None and variant != free_variant(draft):
        abort(404)
    if request.method == "POST" and g.roles & ACTIONS["edit_look"]:
        known = typed_variant(draft, variant, language)
    draft = with_variant(draft, known or {"id": variant, "weight": 1})
    return draft, [one["id"] for one in draft["variants"]].index(variant)


def _problems(draft: Draft, number: int) -> list[DraftProblem]:
    """Return what prevents variant `number` from being published, even if the draft is invalid; 0 is the banner itself."""
    rules = services().rules
    try:
        check_draft(draft, rules.codes)
    except DraftError as error:
        return [DraftProblem(path, sentence) for path, sentence in error.fields.items()]
    return list(variant_problems(draft, number, rules) if number else banner_problems(draft, rules))


def _saved_variant(draft: Draft, variant: str, language: str) -> Draft:
    """Return `draft` with the form's variant. Raises DraftError if it has changed since the form was shown."""
    check_unchanged(_mark(draft, variant), CHANGED)
    saved = with_variant(draft, typed_variant(draft, variant, language))
    number = [one["id"] for one in saved["variants"]].index(variant)
    check_draft(saved, services().rules.codes)
    if variant != CONTROL and (sentence := copy_sentence(saved, number)):
        raise DraftError({f"variants.{number}.texts.{language}.{TEXTS[0]}": sentence})
    return saved


def _mark(draft: Draft, variant: str) -> str:
    """Return a fingerprint of a variant of `draft`, or of its absence if it is new."""
    return mark_of([one for one in draft["variants"] if one["id"] == variant])


def _save_or_conflict(site: SiteRow, change: Callable[[Draft], Draft]) -> ResponseReturnValue | None:
    """Apply `change` to the draft, or return the page if someone else saved first."""
    try:
        change_draft(site, change)
    except DraftError as error:
        if "seen" not in error.fields:
            raise
        return _page(site, error.fields), 409
    return None


def _check_known(draft: Draft, variant: str) -> None:
    """Answer 404 if the draft's experiment has no such variant."""
    if not is_experiment(draft["variants"]) or variant not in {one["id"] for one in draft["variants"]}:
        abort(404)


def _language(draft: Draft) -> str:
    """Return the requested language, else the draft's default. Answers 404 if the draft doesn't offer it."""
    language = str(request.values.get("language", draft["texts"]["default_language"]))
    if language not in draft["texts"]["languages"]:
        abort(404)
    return language


def _page(site: SiteRow, errors: dict[str, str], typed: Draft | None = None) -> Response:
    state = site_state(site)
    draft = typed or state.draft
    language, known_runs = _language(draft), runs(db.session, site.id)
    running = next((run for run in known_runs if run.ended_at is None), None)
    variants = draft["variants"]
    fresh = None if typed else free_variant(state.draft)
    previewed = [one["id"] for one in variants] + ([fresh] if fresh and g.roles & ACTIONS["edit_look"] else [])
    page = render_template(
        "dashboard/banner/experiment.html",
        running=_view(site, running) if running else None,
        earlier=[_view(site, run) for run in known_runs if run.ended_at is not None],
        cards=_cards(state.draft, draft, checked=not errors) if is_experiment(variants) else [],
        mark=mark_of(state.draft["variants"]),
        fresh_mark=mark_of([]),
        fresh=fresh,
        banner_faults=banner_problems(draft, services().rules),
        previewed=previewed,
        shown=next((one for one in previewed if one != CONTROL), CONTROL),
        is_changed=_is_changed(state),
        errors=errors,
        look=draft["look"],
        layouts=LAYOUT_WORDS,
        text_words={key: TEXT_WORDS[key] for key in TEXTS},
        long=LONG,
        texts=_texts(draft, language),
        language=language,
        languages=sorted(((code, language_words(code)) for code in draft["texts"]["languages"]), key=itemgetter(1)),
        silent=[language_words(code) for code in draft["texts"]["languages"] if not is_drawn_in(variants, code)],
        most=len(IDS),
        pending=state.pending,
    )
    return Response(page, headers={"Content-Security-Policy": f"{CSP}; frame-src 'self'"})


def _is_changed(state: SiteState) -> bool:
    """Return whether publishing the draft would start, change or end an experiment."""
    live = state.live["variants"] if state.live else []
    if not is_experiment(live) and not is_experiment(state.draft["variants"]):
        return False
    return live != state.draft["variants"]


def _cards(saved: Draft, draft: Draft, *, checked: bool) -> list[VariantCard]:
    """Return cards for the variants of `draft`, which may differ from `saved` in unsaved form values."""
    total = sum(one["weight"] for one in draft["variants"] if isinstance(one["weight"], int)) or 1
    return [
        VariantCard(
            variant,
            number,
            variant["weight"] / total if isinstance(variant["weight"], int) else 0,
            _problems(draft, number) if checked else [],
            _mark(saved, variant["id"]),
        )
        for number, variant in enumerate(draft["variants"])
    ]


def _texts(draft: Draft, language: str) -> dict[str, str]:
    """Return the banner's own texts in `language`, which a variant can replace."""
    return banner_texts(language) | owner_texts(language, draft["texts"]["languages"])


def _view(site: SiteRow, run: Run) -> RunView:
    outcomes = results(db.session, site.id, run, services().now)
    return RunView(run, outcomes, [_sentence(one, outcomes) for one in comparisons(outcomes)])


def _sentence(one: Comparison, outcomes: list[Result]) -> str:
    """Return a comparison in words, or that there isn't enough data yet."""
    name = one.variant["id"].upper()
    counts = [
        getattr(result.counts, one.measure)
        for result in outcomes
        if result.variant["id"] in (CONTROL, one.variant["id"])
    ]
    if not all(counts):
        return (
            gettext(
                "Variant %(variant)s: not enough data yet. One of the two has never been accepted so far.", variant=name
            )
            if one.measure == "accepted"
            else gettext(
                "Variant %(variant)s: not enough data yet. One of the two has never been rejected so far.", variant=name
            )
        )
    return _compared(one.measure, name, one.ratio)


def _compared(measure: str, name: str, ratio: Interval) -> str:
    low, high = percent(abs(ratio.low - 1)), percent(abs(ratio.high - 1))
    values = {"variant": name, "low": low, "high": high}
    if ratio.low > 1:
        return (
            gettext("Variant %(variant)s is accepted more often than the banner: by %(low)s to %(high)s.", **values)
            if measure == "accepted"
            else gettext(
                "Variant %(variant)s is rejected more often than the banner: by %(low)s to %(high)s.", **values
            )
        )
    if ratio.high < 1:
        return (
            gettext("Variant %(variant)s is accepted less often than the banner: by %(high)s to %(low)s.", **values)
            if measure == "accepted"
            else gettext(
                "Variant %(variant)s is rejected less often than the banner: by %(high)s to %(low)s.", **values
            )
        )
    return (
        gettext(
            "Variant %(variant)s: no clear difference. It is accepted between %(low)s less and %(high)s more often.",
            **values,
        )
        if measure == "accepted"
        else gettext(
            "Variant %(variant)s: no clear difference. It is rejected between %(low)s less and %(high)s more often.",
            **values,
        )
    )
