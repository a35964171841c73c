"""Exports of the desk: what the filters find as a file that is written beside the service, watched, fetched and removed."""

from typing import NamedTuple, cast

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.receipt_chips import Chip, chips_of
from consent.dashboard.receipt_query import Query, given_twice, read_query
from consent.dashboard.services import services
from consent.dashboard.telling import author, tell
from consent.dashboard.version_list import version_rows
from consent.exports import FORMATS
from consent.exports.fetch import answer_file, answer_manifest
from consent.exports.jobs import Job, State
from consent.exports.shelf import TooMany
from consent.storage import actors
from consent.storage.filter_query import FilterError
from consent.storage.models import db
from consent.storage.sites import FoundSite

FORMAT_WORDS = {"csv": "CSV", "jsonl": "JSON Lines", "iso27560": "ISO 27560"}


class Shown(NamedTuple):
    """An export as a page shows it."""

    job: Job
    state: State
    is_under_way: bool
    percent: int
    chips: list[Chip]
    by: str


@blueprint.post("/sites/<site>/receipts/exports")
@allowed("export_receipts")
def ask_export(site: FoundSite) -> ResponseReturnValue:
    """Begin an export of what the filters in the address find, and go to its page, which fetches it at once."""
    kind, filters = request.form.get("format", ""), read_query(request.args).filters
    if kind not in FORMATS or given_twice(request.args):
        abort(400)
    try:
        job = services().exports.ask(site.key, site.id, kind, filters, author().who.id)
    except FilterError:
        abort(400)
    except TooMany:
        flash("Three exports of this site are being written. Wait for one of them, or remove it.")
        return redirect(url_for("dashboard.exports", site=site.key))
    tell(site, "export.asked", job.id, None, {"format": kind, "filters": job.asked.told_filters})
    db.session.commit()
    return redirect(url_for("dashboard.export_page", site=site.key, export=job.id, fetch=1))


@blueprint.get("/sites/<site>/receipts/exports")
@allowed("export_receipts")
def exports(site: FoundSite) -> ResponseReturnValue:
    """Show the exports of the last day."""
    found = services().exports.all(site.key, site.id)
    return render_template("dashboard/exports.html", shown=[_shown(site, job) for job in found], words=FORMAT_WORDS)


@blueprint.get("/sites/<site>/receipts/exports/<export>")
@allowed("export_receipts")
def export_page(site: FoundSite, export: str) -> ResponseReturnValue:
    """Show how far an export has come."""
    job = _find(site, export)
    # A process that ended, as with the machine, is followed by another one as soon as somebody looks.
    if not job.state().fault:
        services().exports.go_on(job)
    return render_template(
        "dashboard/export.html",
        shown=_shown(site, job),
        words=FORMAT_WORDS,
        fetches=request.args.get("fetch") == "1",
        now=services().now,
    )


@blueprint.get("/sites/<site>/receipts/exports/<export>/file")
@allowed("export_receipts")
def export_file(site: FoundSite, export: str) -> ResponseReturnValue:
    """Send the file, while it is written too; once it is whole a broken download goes on where it ended."""
    answer = answer_file(_find(site, export), request.environ, services().exports.go_on)
    return cast("Response", answer)


@blueprint.get("/sites/<site>/receipts/exports/<export>/manifest")
@allowed("export_receipts")
def export_manifest(site: FoundSite, export: str) -> ResponseReturnValue:
    """Send the manifest of a file that is whole."""
    answer = answer_manifest(_find(site, export))
    if answer is None:
        abort(404)
    return answer


@blueprint.post("/sites/<site>/receipts/exports/<export>/again")
@allowed("export_receipts")
def export_again(site: FoundSite, export: str) -> ResponseReturnValue:
    """Go on with an export that ended with a fault."""
    services().exports.go_on(_find(site, export))
    return redirect(url_for("dashboard.export_page", site=site.key, export=export))


@blueprint.post("/sites/<site>/receipts/exports/<export>/removal")
@allowed("export_receipts")
def remove_export(site: FoundSite, export: str) -> ResponseReturnValue:
    """Remove an export, also one that is being written."""
    services().exports.remove(_find(site, export))
    tell(site, "export.removed", export, None, None)
    db.session.commit()
    return redirect(url_for("dashboard.exports", site=site.key))


def _find(site: FoundSite, export: str) -> Job:
    job = services().exports.find(site.key, site.id, export)
    return job or abort(404)


def _shown(site: FoundSite, job: Job) -> Shown:
    names = actors.names_of(db.session, [job.asked.by])
    versions = {row.name: row.number for row in version_rows(site)}
    chips = chips_of(Query(job.asked.filters), {}, versions)
    by = names.get(job.asked.by, "somebody who is no longer here")
    return Shown(job, job.state(), job.is_under_way(), int(job.share() * 100), chips, by)
