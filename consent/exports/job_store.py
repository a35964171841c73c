"""Export jobs of all nodes: requested on one node, resumable and downloadable on any, removed from all."""

import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from consent.exports.export_stream import FORMATS
from consent.exports.jobs import (
    RETENTION_SECONDS,
    START_SECONDS,
    Job,
    JobRequest,
    State,
    adopt_job,
    find_job,
    jobs_of,
    make_job,
    remove_folder,
    remove_job,
    request_json,
)
from consent.storage.log.tree_store import LogTree
from consent.storage.privacy import erasures
from consent.storage.receipts import export_jobs
from consent.storage.receipts.filter_params import read_filters
from consent.storage.receipts.receipts import oldest_time

MAX_RUNNING_JOBS = 3
"""Maximum number of exports of a site written at the same time."""


class TooManyExportsError(Exception):
    """Raised when too many exports of the site are in progress to start another."""


class JobStore:
    """Stores exports in `folder`. `start` starts a process that writes the export with a given id of a site.

    An export requested on another node is written here too once it is requested from this node. `begin` writes the
    first rows right away, because a process takes a second to start and the client is waiting for the first byte.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        start: Callable[[str, str], None],
        begin: Callable[[Job], object] = lambda job: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._folder, self._start = engine, folder, start
        self._begin, self._clock = begin, clock

    def request(self, site: str, site_id: int, kind: str, filters: dict[str, str], by: str, job_id: str = "") -> Job:
        """Start an export and return it. Raises FilterError, TooManyExportsError, and KeyError if `kind` is unknown."""
        wanted, name = read_filters(filters), f"receipts-{site}.{FORMATS[kind].suffix}"
        if sum(not job.state().is_whole and job.is_under_way() for job in self.all(site, site_id)) >= MAX_RUNNING_JOBS:
            raise TooManyExportsError
        now = int(self._clock())
        tree = LogTree(self._engine, site_id)
        with self._engine.connect() as connection:
            oldest, erased = oldest_time(connection, site_id) or now, erasures.newest(connection, site_id)
        span = (min(wanted.until or now, now), max(wanted.since or oldest, oldest))
        asked = JobRequest(site, site_id, kind, name, filters, by, now, (tree.size, tree.note), *span, erased)
        job = make_job(self._folder, asked, job_id)
        with self._engine.begin() as connection:
            export_jobs.add(connection, job.id, site_id, request_json(asked), now, RETENTION_SECONDS)
        self._begin(job)
        self.resume(job)
        return job

    def all(self, site: str, site_id: int) -> list[Job]:
        """Return the site's exports that are available or in progress, newest first."""
        self._sync_with_database(site, site_id)
        return [job for job in jobs_of(self._folder, site) if self._is_valid(job, site_id)]

    def find(self, site: str, site_id: int, job_id: str) -> Job | None:
        """Return an export of the site, or None if it doesn't exist or is no longer valid."""
        self._sync_with_database(site, site_id)
        job = find_job(self._folder, site, job_id)
        if job is None or not self._is_valid(job, site_id):
            return None
        if job.state() == State():
            # It was requested on another node and hasn't been started here.
            self.resume(job)
        return job

    def _sync_with_database(self, site: str, site_id: int) -> None:
        """Add the exports requested on other nodes, and remove those that were removed there."""
        with self._engine.connect() as connection:
            asked = export_jobs.of_site(connection, site_id)
        here = {job.id: job for job in jobs_of(self._folder, site)}
        for job_id in asked.keys() - here.keys():
            adopt_job(self._folder, site, job_id, asked[job_id])
        for job in here.values():
            # A new export appears in this folder before it appears in the database.
            if job.id not in asked and self._clock() - job.request.at > START_SECONDS:
                remove_job(job)

    def resume(self, job: Job) -> None:
        """Start a process for an incomplete export that nobody is writing."""
        if not job.state().is_whole and job.begin(self._clock()):
            self._start(job.request.site, job.id)

    def resume_all(self) -> None:
        """Resume all interrupted exports, as after a power loss; call `sweep` first."""
        for folder in self._folder.glob("*"):
            for job in jobs_of(self._folder, folder.name):
                self.resume(job)

    def sweep(self) -> int:
        """Remove expired exports, those with receipts erased since, and leftovers of removed exports.

        Returns the number of exports removed. Each node can do this for its own folder at any time.
        """
        removed = 0
        for folder in self._folder.glob("*/*"):
            job = find_job(self._folder, folder.parent.name, folder.name)
            if job is not None:
                removed += not self._is_valid(job, job.request.site_id)
            elif self._clock() - folder.stat().st_mtime > START_SECONDS:
                # A writer that hadn't noticed the removal kept writing.
                remove_folder(folder)
        return removed

    def remove(self, job: Job) -> None:
        """Remove an export from all nodes."""
        with self._engine.begin() as connection:
            export_jobs.remove(connection, job.id)
        remove_job(job)

    def _is_valid(self, job: Job, site_id: int) -> bool:
        """Return whether an export can still be downloaded; remove it if it is expired or contains erased data."""
        with self._engine.connect() as connection:
            # After a restore, the erasure numbers restart at an earlier one.
            is_outdated = erasures.newest(connection, site_id) != job.request.erasures
        if is_outdated or self._clock() - job.request.at > RETENTION_SECONDS or job.request.site_id != site_id:
            self.remove(job)
            return False
        return True
