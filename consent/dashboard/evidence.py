"""What a regulator asks for: the evidence of a day as one signed archive, and which archives were made before."""

import datetime
from dataclasses import dataclass

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author
from consent.dashboard.version_list import version_rows
from consent.evidence import NothingInForce
from consent.proof.audit_words import who_words
from consent.storage import actors, trail
from consent.storage.entry_words import payload_of
from consent.storage.models import db
from consent.storage.sites import FoundSite
from consent.storage.trail import Wanted

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was made: when, by whom, of which day, with the SHA-256 of its bytes."""

    time: int
    who: str
    day: str
    sha256: str


@blueprint.get("/sites/<site>/evidence")
@allowed("make_evidence")
def evidence(site: FoundSite) -> ResponseReturnValue:
    """Show the form for a day, and what was made before."""
    return _page(site, "")


@blueprint.post("/sites/<site>/evidence")
@allowed("make_evidence")
def make_evidence(site: FoundSite) -> ResponseReturnValue:
    """Make the archive of a day and tell the log of it."""
    given = services()
    try:
        day = datetime.date.fromisoformat(request.form.get("date", "")[:32])
    except ValueError:
        return _page(site, "This must be a date such as 2026-11-24."), 422
    if day > _today():
        return _page(site, "This day has not come yet."), 422
    try:
        pack = given.evidence.make(site, day)
    except NothingInForce:
        return _page(site, "Nothing of this site had been published by that day."), 422
    given.evidence.tell(author(), site, day, pack, given.now)
    disposition = {"Content-Disposition": f"attachment; filename={pack.name}"}
    return Response(pack.data, content_type="application/zip", headers=disposition)


def _today() -> datetime.date:
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()


def _page(site: FoundSite, fault: str) -> str:
    found, _ = trail.page(db.session, site.id, Wanted(what="evidence.made"), None, SHOWN)
    names = actors.names_of(db.session, {one.actor for one in found if one.actor})
    claims = [payload_of(one.jws)["after"] for one in found]
    return render_template(
        "dashboard/evidence.html",
        made=[
            Made(one.time, who_words(one.actor, names), after["date"], after["sha256"])
            for one, after in zip(found, claims, strict=True)
        ],
        versions=version_rows(site),
        today=_today().isoformat(),
        typed=request.form.get("date", ""),
        errors={"date": fault} if fault else {},
    )
