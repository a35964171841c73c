"""The audit trail of a site and of the instance: who changed what, from what to what, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.changes import Detail, details_of
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_query import given_twice
from consent.dashboard.services import services
from consent.exports.trail_check import check_trail
from consent.proof.audit_words import AUDIT_WORDS, KIND_WORDS, subject_words, what_words, who_words
from consent.proof.entry import INSTANCE, Owner
from consent.proof.trail_search import MOST_LETTERS, search_fault, words_for
from consent.storage import actors, trail
from consent.storage.entry_words import SILENT, payload_of
from consent.storage.filter_query import moment
from consent.storage.models import db
from consent.storage.sites import FoundSite
from consent.storage.trail import Told, Wanted

PAGE = 50
_NUMBER = re.compile(r"[0-9]{1,9}")
FILTERS = ("q", "actor", "what", "from", "to")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the trail; `log_index` is None for the seconds before it is in the log."""

    time: int
    who: str
    what: str
    subject: str
    details: list[Detail]
    more: int
    log_index: int | None


@blueprint.get("/sites/<site>/audit")
@allowed("read_audit")
def audit(site: FoundSite) -> ResponseReturnValue:
    """Show what was changed in the site."""
    return _page(site, url_for("dashboard.audit", site=site.key))


@blueprint.get("/audit")
@allowed("read_audit")
def instance_audit() -> ResponseReturnValue:
    """Show what was changed in the instance: people, tokens and keys of every site."""
    return _page(INSTANCE, url_for("dashboard.instance_audit"))


@blueprint.get("/sites/<site>/audit/checks")
@allowed("read_audit")
def audit_checks(site: FoundSite) -> ResponseReturnValue:
    """Check every entry of the site's log now, and say what was found."""
    return _checked(site)


@blueprint.get("/audit/checks")
@allowed("read_audit")
def instance_audit_checks() -> ResponseReturnValue:
    """Check every entry of the instance's log now, and say what was found."""
    return _checked(INSTANCE)


def _checked(owner: Owner) -> str:
    given, end = services(), request.args.get("before", "")
    if end and not _NUMBER.fullmatch(end):
        abort(404)
    found = check_trail(given.engine, given.keys, given.base_url, owner, int(end) if end else None)
    return render_template(
        "dashboard/audit_checks.html", found=found, now=given.now, owner=owner, is_instance=owner is INSTANCE
    )


def _page(owner: Owner, here: str) -> ResponseReturnValue:
    errors = given_twice(request.args) | _strange(request.args)
    query = {name: request.args[name].strip() for name in FILTERS if request.args.get(name, "").strip()}
    if fault := search_fault(query.get("q", "")):
        query["q"], errors["text"] = query["q"][:MOST_LETTERS], fault
    wanted, before = _wanted(query, errors), _before(errors)
    found, behind = ([], None) if errors else trail.page(db.session, owner.id, wanted, before, PAGE)
    page = render_template(
        "dashboard/audit.html",
        rows=_rows(found),
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


def _strange(given: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each filter that does not exist, and for a kind that no entry can have."""
    errors = {name[:40]: "There is no such filter." for name in given if name not in (*FILTERS, "before")}
    what = given.get("what", "").strip()
    if what and what not in ("audit", *AUDIT_WORDS, *KIND_WORDS):
        errors["what"] = "There can be no entry with this."
    return errors


def _wanted(query: dict[str, str], errors: dict[str, str]) -> Wanted:
    times: dict[str, int | None] = {"from": None, "to": None}
    for name in times:
        try:
            times[name] = moment(query[name], whole_day=name == "to") if name in query else None
        except ValueError as error:
            errors[name] = str(error)
    words = () if errors else words_for(db.session, query.get("q", ""))
    return Wanted(query.get("actor"), query.get("what"), times["from"], times["to"], words)


def _before(errors: dict[str, str]) -> int | None:
    text = request.args.get("before", "")
    if text and not _NUMBER.fullmatch(text):
        errors["before"] = "The address of this page is damaged. Begin at the newest."
        return None
    return int(text) if text else None


def _rows(found: list[Told]) -> list[Row]:
    claims = [payload_of(one.jws) for one in found]
    ids = {one.actor for one in found if one.actor} | {str(claim.get("subject", "")) for claim in claims}
    names = actors.names_of(db.session, ids)
    return [_row(one, claim, names) for one, claim in zip(found, claims, strict=True)]


def _row(one: Told, claims: dict[str, Any], names: dict[str, str]) -> Row:
    is_audit = one.kind == "audit"
    said = {name: claim for name, claim in claims.items() if name not in SILENT}
    details, more = details_of(claims["before"], claims["after"]) if is_audit else details_of(None, said)
    subject = subject_words(one.subject, claims["subject"], names) if is_audit else ""
    who, what = who_words(one.actor, names), what_words(one.kind, one.subject)
    return Row(one.time, who, what, subject, details, more, one.log_index)


def _actors(owner: Owner) -> list[tuple[str, str]]:
    return [(one.id, who_words(one.id, {one.id: one.shown})) for one in trail.actors_of(db.session, owner.id)]
