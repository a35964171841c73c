"""Publish page: the draft's changes in words, checks, re-consent estimate, note, and the publish button."""

import contextlib
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Draft
from consent.core.groups import ESSENTIAL
from consent.dashboard.auth.reauthentication import missing_proof
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import readable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import path_words
from consent.dashboard.frame.drafts import SiteState, config_document, site_state
from consent.dashboard.frame.locale import capitalized, page_language, translated, within_sentence
from consent.dashboard.frame.permissions import allowed, joined_with_or
from consent.dashboard.frame.site_catalog import newer_of
from consent.dashboard.publishing.approval import request_approval, waiting
from consent.dashboard.publishing.comments import MAX_COMMENT_LENGTH, comment_rows
from consent.dashboard.publishing.passkey_approval import NOT_CONFIRMED, confirmation_page, confirmed, needs_passkey
from consent.dashboard.tags.page_code import tags_without_code
from consent.dashboard.tags.tag_mounts import covering_mounts
from consent.dashboard.tags.vendors_in_page import page_vendors
from consent.publishing.approval import UNSEEN, Approval
from consent.publishing.checks import errors_of
from consent.publishing.passkey_approvals import InvalidApprovalError
from consent.publishing.preview_config import draft_config, live_config
from consent.publishing.publish import PublishedConfig, UnknownSiteError, propose, publish
from consent.publishing.reconsent_estimate import WINDOW_DAYS, ReconsentEstimate, estimate_reconsent, keys_of
from consent.publishing.required_links import MissingLink, missing_links
from consent.runtime.compiled_config import day_of_time
from consent.runtime.embed_snippets import lines_of
from consent.sites.draft import DraftError
from consent.sites.draft_validation import DraftProblem
from consent.sites.seen_in_page import duplicate_tags
from consent.sites.vendor_lists.site_cut import cut_source
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics.answer_groups import Answers, answers_since


def recent_answers(site: SiteRow) -> list[Answers]:
    """Return the answers of the site's visitors that may still be valid."""
    return answers_since(db.session, site.id, day_of_time(services().now) - WINDOW_DAYS)


def reconsent_of(site: SiteRow, state: SiteState, answers: list[Answers]) -> ReconsentEstimate:
    """Estimate which visitors publishing the draft would ask again; none if nothing has been published yet."""
    context = services()
    live = live_config(site.live_config, state.body, site.id, context.rules)
    if live is None:
        return ReconsentEstimate()
    day = day_of_time(context.now)
    documents = {name: config_document(name) for name in {answer.config for answer in answers}}
    keys = {name: keys_of(document) for name, document in documents.items() if document}
    tcf = cut_source(db.session, state.draft, context.catalog)
    new = draft_config(state.text, state.body, context.artifacts, site.id, context.rules, tcf)
    return estimate_reconsent(answers, keys, live, new, day)


def lines_change(site: SiteRow, state: SiteState) -> bool:
    """Return whether the lines in the site's pages change with the draft, so that they must be pasted again."""
    if state.live is None:
        return False
    live, new = (lines_of(site.key, services().base_url, one)["head"] for one in (state.live, state.draft))
    # The order of the entries in an attribute doesn't matter.
    return [set(part.split()) for part in live.split('"')] != [set(part.split()) for part in new.split('"')]


def newer_vendor_list(state: SiteState) -> int:
    """Return the vendor list version that publishing would bring, or 0 if the live config has the newest."""
    source = cut_source(db.session, state.draft, services().catalog)
    shown = state.live.get("tcf") if state.live else None
    newest = source.kept.listed.version if source and source.kept else 0
    return newest if shown and newest > shown["version"] else 0


def links_missing(site: SiteRow, state: SiteState, answers: list[Answers]) -> list[MissingLink]:
    """Return the links that the site's visitors see, given their places, for which the draft has no address."""
    context = services()
    day = day_of_time(context.now)
    tcf = cut_source(db.session, state.draft, context.catalog)
    new = draft_config(state.text, state.body, context.artifacts, site.id, context.rules, tcf)
    return missing_links(new, {(one.country, one.subdivision) for one in answers}, day, page_language())


MAX_NOTE_LENGTH = 500
FIXED_ON = {
    "texts.languages": "banner",
    "texts.links": "banner",
    "texts": "site_languages",
    "look": "banner",
    "variants": "experiment",
    "overrides.tcf": "tcf_settings",
    "overrides.headless": "settings",
    "tags": "tags",
    "vendors": "tags",
    "scan": "scan",
    "browser_check": "banner",
}
"""The page to fix a problem on, by prefix of its path; all others are fixed on the settings page."""


class PublishProblem(NamedTuple):
    """A reason why a draft can't be published, with the fields concerned and the page to fix it on."""

    fields: str
    words: str
    page: str


@blueprint.get("/sites/<site>/publish")
@allowed("publish")
def review(site: SiteRow) -> ResponseReturnValue:
    """Show what publishing would change."""
    with contextlib.suppress(DraftError):
        context = services()
        proposal = propose(db.session, site, context.rules, context.artifacts, context.code_guard)
        context.scans.browser_checks.forget_failed_page(proposal.config)
    return _page(site, {})


@blueprint.post("/sites/<site>/publish")
@allowed("publish")
def publish_draft(site: SiteRow) -> ResponseReturnValue:
    """Publish the reviewed draft."""
    note = request.form.get("note", "").strip()
    if len(note) > MAX_NOTE_LENGTH:
        return _page(
            site,
            {"note": gettext("A note has at most %(max_note_length)s characters.", max_note_length=MAX_NOTE_LENGTH)},
        ), 422
    state = site_state(site)
    if request.form.get("revision") != str(state.revision):
        return _page(
            site, {"revision": gettext("Someone changed the draft after you opened this page. Review it again.")}
        ), 409
    held = waiting(site, state)
    if held.step in ("ask", "alone") and publish_problems(site):
        return _page(site, {}), 422
    if held.step == "ask":
        request_approval(site, state, note, held.others)
        flash(
            gettext("%(others)s can look at it and publish it, on this page.", others=joined_with_or(held.others))
            + _mail_note(),
            "success",
        )
        return redirect(url_for("dashboard.review", site=site.key))
    if held.approval.is_alone and (proof_page := missing_proof()):
        return proof_page
    if needs_passkey(site, held.approval):
        return _publish_confirmed(site, note, state.revision, held.approval)
    return publish_now(site, note, state.revision, held.approval)


def _publish_confirmed(site: SiteRow, note: str, revision: int, approval: Approval) -> ResponseReturnValue:
    """Publish with a passkey signature, which is requested first if the form has none."""
    if "credential" not in request.form:
        if publish_problems(site):
            return _page(site, {}), 422
        return confirmation_page(site, note, approval)
    try:
        signed = confirmed(site, approval)
    except InvalidApprovalError:
        return _page(site, {"passkey": NOT_CONFIRMED}), 422
    return publish_now(site, note, revision, signed)


def make_live(site: SiteRow, note: str, revision: int, approval: Approval) -> PublishedConfig:
    """Publish the draft of `site` at `revision`. Raises DraftError if it can't be published, or UnknownSiteError."""
    by, context = author(), services()
    # Publishing uses its own transaction, which on SQLite would have to wait for this one to end.
    db.session.rollback()
    return publish(
        context.engine,
        site.key,
        context.rules,
        context.artifacts,
        context.code_guard,
        by,
        note,
        approval,
        context.scans.browser_checks,
        revision,
    )


def publish_now(site: SiteRow, note: str, revision: int, approval: Approval = UNSEEN) -> ResponseReturnValue:
    """Publish the draft of `site` at `revision`, and redirect to its versions."""
    try:
        done = make_live(site, note, revision, approval)
    except DraftError as error:
        sentences = {path: translated(sentence) for path, sentence in error.fields.items()}
        return _page(site, sentences | _alone_error(error)), 409 if "revision" in sentences else 422
    except UnknownSiteError:
        abort(404)
    if done.is_new:
        flash(gettext("Version %(version)s is live. Visitors get it within seconds.", version=done.version), "success")
    else:
        flash(gettext("Nothing has changed: version %(version)s stays live.", version=done.version), "success")
    return redirect(url_for("dashboard.versions", site=site.key))


def _alone_error(error: DraftError) -> dict[str, str]:
    """Return the error of the checkbox that confirms publishing without a second user."""
    return {"alone": gettext("Confirm that you publish it alone.")} if "approval" in error.fields else {}


def _mail_note() -> str:
    return " " + gettext("They get an email.") if services().notifications.mailer else ""


def _page(site: SiteRow, errors: dict[str, str]) -> str:
    state = site_state(site)
    held, answers = waiting(site, state), recent_answers(site)
    return render_template(
        "dashboard/publishing/publish.html",
        lines=readable(state.changes if state.live else [c for c in state.changes if _is_worth_listing(c.subject)]),
        pending=state.pending,
        is_first=state.live is None,
        newer_list=newer_vendor_list(state),
        lines_change=lines_change(site, state),
        asks=any(tag["enabled"] and tag["group"] != ESSENTIAL for tag in state.draft["tags"]),
        revision=state.revision,
        again=reconsent_of(site, state, answers),
        asks_later=state.draft["overrides"]["ask_for_new_vendors"] != "now",
        obstacles=publish_problems(site),
        newer=newer_of(site, state.draft),
        twice=duplicate_tags(state.draft, page_vendors(site)),
        codeless=tags_without_code(state.draft, page_vendors(site)),
        covering=covering_mounts(site, state.draft),
        linkless=links_missing(site, state, answers),
        errors={name: errors[name] for name in ("note", "revision", "alone", "passkey") if name in errors},
        held=held,
        comments=comment_rows(site),
        most_comment=MAX_COMMENT_LENGTH,
        alternatives=joined_with_or,
        is_tried=services().scans.browser_checks.are_possible,
        note=request.form.get("note", held.asked.note if held.asked else ""),
        most_note=MAX_NOTE_LENGTH,
    )


def publish_problems(site: SiteRow) -> list[PublishProblem]:
    """Return the problems that prevent publishing the draft of `site`, even if the draft is invalid."""
    context = services()
    try:
        proposal = propose(db.session, site, context.rules, context.artifacts, context.code_guard)
        problems = errors_of(proposal._replace(browser_checks=context.scans.browser_checks))
    except DraftError as error:
        problems = [DraftProblem(path, sentence) for path, sentence in error.fields.items()]
    by_words: dict[str, list[str]] = {}
    for problem in problems:
        by_words.setdefault(_in_words(problem), []).append(problem.path)
    draft = site_state(site).draft
    return [_publish_problem(site, draft, words, paths) for words, paths in by_words.items()]


def _in_words(problem: DraftProblem) -> str:
    """Return the problem in the user's language, with the law that requires the fix."""
    sentence = str(translated(problem.sentence))
    return f"{sentence.removesuffix('.')} ({problem.rule})." if problem.rule else sentence


def _publish_problem(site: SiteRow, draft: Draft, words: str, paths: list[str]) -> PublishProblem:
    labels = list(dict.fromkeys(path_words(path, draft) for path in paths))
    fields = ", ".join([*labels[:1], *map(within_sentence, labels[1:])])
    page = next((page for start, page in FIXED_ON.items() if paths[0].startswith(start)), "settings")
    return PublishProblem(capitalized(fields), words, url_for(f"dashboard.{page}", site=site.key))


def _is_worth_listing(subject: str) -> bool:
    """Return whether a part is worth a line on the first publish, when everything is new."""
    return subject.split(" ")[0] in ("tag", "vendor", "cookie", "local", "session", "hosts")
