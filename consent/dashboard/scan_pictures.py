"""What pages looked like in the last scan: the pictures for the page of scans, and each as a file of its own."""

from flask import Response, abort
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.storage import scan_pictures
from consent.storage.models import db
from consent.storage.scan_pictures import KnownPicture
from consent.storage.sites import FoundSite

VISITS = {
    "none": "Without a choice",
    "reject": "Rejecting",
    "accept": "Accepting",
    "gpc": "Under Global Privacy Control",
    "withdraw": "Accepting, then withdrawing",
}
"""By state of a visit, what its visitor does."""
LARGEST_ID = 2**31 - 1
POLICY = "default-src 'none'; sandbox"
"""A picture is what a stranger's page drew: whatever a browser takes it for, it does nothing."""


@blueprint.get("/sites/<site>/scan/pictures/<int:number>")
@allowed("see")
def scan_picture(site: FoundSite, number: int) -> ResponseReturnValue:
    """Show one picture of a scan of the site."""
    body = scan_pictures.body_of(db.session, site.id, number) if number <= LARGEST_ID else None
    if body is None:
        abort(404)
    answer = Response(body, mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def pictures_by_visit(scan_id: int) -> dict[str, list[KnownPicture]]:
    """Return the pictures of a scan by what their visitor did, and from where."""
    found: dict[str, list[KnownPicture]] = {}
    for one in scan_pictures.of_scan(db.session, scan_id):
        name = VISITS.get(one.state, one.state) + (f", from {one.region}" if one.region else "")
        found.setdefault(name, []).append(one)
    return found
