"""Export jobs of a receipt search: start, monitor, download and remove files written in the background."""

from typing import NamedTuple, cast

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import version_rows
from consent.dashboard.receipts.filter_chips import Chip, chips_of
from consent.dashboard.receipts.search_params import Query, duplicate_parameters, read_query
from consent.exports import FORMATS
from consent.exports.download import answer_file, answer_manifest
from consent.exports.job_store import TooManyExportsError
from consent.exports.jobs import Job, State
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.receipts.filter_params import FilterError
from consent.storage.sites.sites import SiteRow

FORMAT_WORDS = {"csv": "CSV", "jsonl": "JSON Lines", "iso27560": "ISO 27560"}


class ExportView(NamedTuple):
    """An export as shown on a page."""

    job: Job
    state: State
    is_under_way: bool
    percent: int
    chips: list[Chip]
    by: str

    @property
    def is_whole_log(self) -> bool:
        """Return whether its rows are the receipts and the log's other entries."""
        return self.job.request.kind == "jsonl" and not self.chips


@blueprint.post("/sites/<site>/receipts/exports")
@allowed("export_receipts")
def request_export(site: SiteRow) -> ResponseReturnValue:
    """Start an export of what the URL's filters match, and redirect to its page, which downloads it right away."""
    kind, filters = request.form.get("format", ""), read_query(request.args).filters
    if kind not in FORMATS or duplicate_parameters(request.args):
        abort(400)
    try:
        job = services().exports.request(site.key, site.id, kind, filters, author().who.id)
    except FilterError:
        abort(400)
    except TooManyExportsError:
        flash(gettext("Three exports of this site are being written. Wait for one of them, or remove it."))
        return redirect(url_for("dashboard.exports", site=site.key))
    audit(site, "export.created", job.id, None, {"format": kind, "filters": job.request.audit_filters})
    db.session.commit()
    return redirect(url_for("dashboard.export_page", site=site.key, export=job.id, fetch=1))


@blueprint.get("/sites/<site>/receipts/exports")
@allowed("export_receipts")
def exports(site: SiteRow) -> ResponseReturnValue:
    """Show the exports of the last day."""
    jobs = services().exports.all(site.key, site.id)
    return render_template(
        "dashboard/receipts/exports.html", shown=[_view(site, job) for job in jobs], words=FORMAT_WORDS
    )


@blueprint.get("/sites/<site>/receipts/exports/<export>")
@allowed("export_receipts")
def export_page(site: SiteRow, export: str) -> ResponseReturnValue:
    """Show an export's progress."""
    job = _find(site, export)
    # If the writing process has ended, such as in a reboot, viewing the page resumes the export.
    if not job.state().error:
        services().exports.resume(job)
    return render_template(
        "dashboard/receipts/export.html",
        shown=_view(site, job),
        words=FORMAT_WORDS,
        fetches=request.args.get("fetch") == "1",
        now=services().now,
    )


@blueprint.get("/sites/<site>/receipts/exports/<export>/file")
@allowed("export_receipts")
def export_file(site: SiteRow, export: str) -> ResponseReturnValue:
    """Send the file, even while it is being written; downloads of a complete file can be resumed."""
    answer = answer_file(_find(site, export), request.environ, services().exports.resume)
    return cast("Response", answer)


@blueprint.get("/sites/<site>/receipts/exports/<export>/manifest")
@allowed("export_receipts")
def export_manifest(site: SiteRow, export: str) -> ResponseReturnValue:
    """Send the manifest of a complete file."""
    answer = answer_manifest(_find(site, export))
    if answer is None:
        abort(404)
    return answer


@blueprint.post("/sites/<site>/receipts/exports/<export>/again")
@allowed("export_receipts")
def export_again(site: SiteRow, export: str) -> ResponseReturnValue:
    """Resume a failed export."""
    services().exports.resume(_find(site, export))
    return redirect(url_for("dashboard.export_page", site=site.key, export=export))


@blueprint.post("/sites/<site>/receipts/exports/<export>/removal")
@allowed("export_receipts")
def remove_export(site: SiteRow, export: str) -> ResponseReturnValue:
    """Remove an export, even one that is being written."""
    services().exports.remove(_find(site, export))
    audit(site, "export.deleted", export, None, None)
    db.session.commit()
    return redirect(url_for("dashboard.exports", site=site.key))


def _find(site: SiteRow, export: str) -> Job:
    job = services().exports.find(site.key, site.id, export)
    return job or abort(404)


def _view(site: SiteRow, job: Job) -> ExportView:
    names = actors.names_of(db.session, [job.request.by])
    versions = {row.name: row.number for row in version_rows(site)}
    chips = chips_of(Query(job.request.filters), {}, versions)
    by = names.get(job.request.by, gettext("a user who is no longer here"))
    return ExportView(job, job.state(), job.is_under_way(), int(job.share() * 100), chips, by)
