"""Evidence page: create the signed archive of one day for a regulator, and list earlier archives."""

import datetime
from dataclasses import dataclass

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import version_rows
from consent.evidence import NotPublishedError
from consent.log.audit_labels import author_text
from consent.storage.database.base import db
from consent.storage.log import actors, audit_trail
from consent.storage.log.audit_trail import AuditQuery
from consent.storage.log.entry_index import payload_of
from consent.storage.sites.sites import SiteRow

SHOWN = 20


@dataclass(frozen=True, slots=True)
class ArchiveRecord:
    """A created archive: when, by whom, for which day, and its SHA-256."""

    time: int
    who: str
    day: str
    sha256: str


@blueprint.get("/sites/<site>/evidence")
@allowed("make_evidence")
def evidence(site: SiteRow) -> ResponseReturnValue:
    """Show the form for a day, and earlier archives."""
    return _page(site, "")


@blueprint.post("/sites/<site>/evidence")
@allowed("make_evidence")
def create_evidence(site: SiteRow) -> ResponseReturnValue:
    """Create the archive for a day and write the audit entry."""
    given = services()
    try:
        day = datetime.date.fromisoformat(request.form.get("date", "")[:32])
    except ValueError:
        return _page(site, gettext("Enter a date such as 2026-11-24.")), 422
    if day > _today():
        return _page(site, gettext("This day has not come yet.")), 422
    try:
        pack = given.evidence.create(site, day)
    except NotPublishedError:
        return _page(site, gettext("This site had not published anything by that day.")), 422
    given.evidence.record(author(), site, day, pack, given.now)
    disposition = {"Content-Disposition": f"attachment; filename={pack.name}"}
    return Response(pack.data, content_type="application/zip", headers=disposition)


def _today() -> datetime.date:
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()


def _page(site: SiteRow, error: str) -> str:
    entries, _ = audit_trail.page(db.session, site.id, AuditQuery(what="evidence.created"), None, SHOWN)
    names = actors.names_of(db.session, {one.actor for one in entries if one.actor})
    claims = [payload_of(one.jws)["after"] for one in entries]
    return render_template(
        "dashboard/privacy/evidence.html",
        made=[
            ArchiveRecord(one.time, author_text(one.actor, names), after["date"], after["sha256"])
            for one, after in zip(entries, claims, strict=True)
        ],
        versions=version_rows(site),
        today=_today().isoformat(),
        typed=request.form.get("date", ""),
        errors={"date": error} if error else {},
    )
