"""Audit trail of a site and of the instance: author, values before and after, time, and verification."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.json_object import JsonObject
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import MAX_DETAILS, Detail
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.privacy.audit_details import audit_details, audit_subject, shown_values
from consent.dashboard.privacy.audit_sentences import audit_sentence
from consent.dashboard.receipts.search_params import duplicate_parameters
from consent.exports.verify_trail import check_trail
from consent.log.audit_labels import AUDIT_WORDS, KIND_WORDS, author_text, subject_text, subject_words
from consent.log.audit_search import MAX_LENGTH, search_error, words_for
from consent.log.entry import INSTANCE, Owner
from consent.storage.database.base import db
from consent.storage.log import actors, audit_trail
from consent.storage.log.audit_trail import AuditEntry, AuditQuery
from consent.storage.log.entry_index import SILENT, payload_of
from consent.storage.receipts.filter_params import moment
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow

PAGE = 50
_NUMBER = re.compile(r"[0-9]{1,9}")
CONFIG = "config"
FILTERS = ("q", "actor", "what", "from", "to")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the trail; `log_index` is None for the seconds until it is in the log."""

    time: int
    who: str
    what: str
    subject: str
    details: list[Detail]
    log_index: int | None


@blueprint.get("/sites/<site>/audit")
@allowed("read_audit")
def audit(site: SiteRow) -> ResponseReturnValue:
    """Show what was changed in the site."""
    return _page(site, url_for("dashboard.audit", site=site.key))


@blueprint.get("/audit")
@allowed("read_audit")
def instance_audit() -> ResponseReturnValue:
    """Show what was changed in the instance: users, tokens and keys of every site."""
    return _page(INSTANCE, url_for("dashboard.instance_audit"))


@blueprint.get("/sites/<site>/audit/checks")
@allowed("read_audit")
def audit_checks(site: SiteRow) -> ResponseReturnValue:
    """Verify every entry of the site's log, and show the result."""
    return _checked(site)


@blueprint.get("/audit/checks")
@allowed("read_audit")
def instance_audit_checks() -> ResponseReturnValue:
    """Verify every entry of the instance's log, and show the result."""
    return _checked(INSTANCE)


def _checked(owner: Owner) -> str:
    given, end = services(), request.args.get("before", "")
    if end and not _NUMBER.fullmatch(end):
        abort(404)
    outcome = check_trail(given.engine, given.keys, given.base_url, owner, int(end) if end else None)
    return render_template(
        "dashboard/privacy/audit_trail_checks.html",
        found=outcome,
        now=given.now,
        owner=owner,
        is_instance=owner is INSTANCE,
    )


def _page(owner: Owner, here: str) -> ResponseReturnValue:
    errors = duplicate_parameters(request.args) | _filter_errors(request.args)
    query = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    if problem := search_error(query.get("q", "")):
        query["q"], errors["text"] = query["q"][:MAX_LENGTH], problem
    wanted, before = _audit_query(query, errors), _cursor(errors)
    entries, behind = ([], None) if errors else audit_trail.page(db.session, owner.id, wanted, before, PAGE)
    page = render_template(
        "dashboard/privacy/audit_trail.html",
        rows=_rows(entries, owner),
        first_values=MAX_DETAILS,
        here=here,
        query=query,
        errors=errors,
        actors=_actors(owner),
        kinds=AUDIT_WORDS | KIND_WORDS,
        is_first=before is None,
        newest=f"{here}?{urlencode(query)}",
        older=f"{here}?{urlencode(query | {'before': behind})}" if behind else None,
        is_instance=owner is INSTANCE,
        checks=url_for("dashboard.instance_audit_checks")
        if owner is INSTANCE
        else url_for("dashboard.audit_checks", site=owner.key),
    )
    return page, 400 if errors else 200


def _filter_errors(given: Mapping[str, str]) -> dict[str, str]:
    """Return an error sentence for each unknown filter, and for an unknown kind of entry."""
    errors = {name[:40]: gettext("There is no such filter.") for name in given if name not in (*FILTERS, "before")}
    what = given.get("what", "").strip()
    if what and what not in ("audit", *AUDIT_WORDS, *KIND_WORDS):
        errors["what"] = gettext("Unknown value.")
    return errors


def _audit_query(query: dict[str, str], errors: dict[str, str]) -> AuditQuery:
    times: dict[str, int | None] = {"from": None, "to": None}
    for name in times:
        try:
            times[name] = moment(query[name], whole_day=name == "to") if name in query else None
        except ValueError as error:
            errors[name] = str(error)
    words = () if errors else words_for(db.session, query.get("q", ""), translated, shown_values())
    # Each publish has an entry with author and change, so its config's leaf would only repeat it.
    without = () if query.get("what") == CONFIG else (CONFIG,)
    return AuditQuery(query.get("actor"), query.get("what"), times["from"], times["to"], words, without)


def _cursor(errors: dict[str, str]) -> int | None:
    text = request.args.get("before", "")
    if text and not _NUMBER.fullmatch(text):
        errors["before"] = gettext("The address of this page is damaged. Start with the newest.")
        return None
    return int(text) if text else None


def _rows(entries: list[AuditEntry], owner: Owner) -> list[Row]:
    claims = [payload_of(one.jws) for one in entries]
    ids = {one.actor for one in entries if one.actor} | {str(claim.get("subject", "")) for claim in claims}
    names = actors.names_of(db.session, ids)
    tags = _tag_names(owner)
    return [_row(one, claim, names, tags) for one, claim in zip(entries, claims, strict=True)]


def _tag_names(owner: Owner) -> dict[str, str]:
    """Return the names of the tags in the site's draft by id, none for the instance."""
    if not isinstance(owner, SiteRow):
        return {}
    return {tag["id"]: tag["name"] for tag in json.loads(sites.read_draft(db.session, owner.id).text)["tags"]}


def _row(one: AuditEntry, claims: JsonObject, names: dict[str, str], tags: dict[str, str]) -> Row:
    is_audit = one.kind == "audit"
    shown_claims = {name: claim for name, claim in claims.items() if name not in SILENT}
    before, after = (claims["before"], claims["after"]) if is_audit else (None, shown_claims)
    subject = audit_subject(subject_words(one.subject, str(claims["subject"]), names)) if is_audit else ""
    who, what = author_text(one.actor, names), subject_text(one.kind, one.subject)
    if is_audit and (sentence := audit_sentence(one.subject, subject, before, after)):
        what, subject = sentence, "" if subject in sentence else subject
    return Row(one.time, who, what, subject, audit_details(before, after, tags), one.log_index)


def _actors(owner: Owner) -> list[tuple[str, str]]:
    return [(one.id, author_text(one.id, {one.id: one.shown})) for one in audit_trail.actors_of(db.session, owner.id)]
