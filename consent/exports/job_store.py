"""Store of export jobs: requested on one node, resumable, downloadable from any, removed on all."""

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
    stated,
)
from consent.storage.log.tree_store import LogTree
from consent.storage.privacy import erasures
from consent.storage.receipts import export_jobs
from consent.storage.receipts.filter_params import read_filters
from consent.storage.receipts.receipts import oldest_time

MAX_RUNNING_JOBS = 3
"""Exports of a site that are written at the same time."""


class TooManyExportsError(Exception):
    """So many exports of the site are under way that another one has to wait."""


class JobStore:
    """Keeps exports in `folder`. `start` has a process write the export of a site by its id.

    One that another node was asked for is written here as well once somebody asks here for it.

    `begin` writes the first rows at once: a process takes a second to start, and somebody waits for the first byte.
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

    def ask(self, site: str, site_id: int, kind: str, filters: dict[str, str], by: str, job_id: str = "") -> Job:
        """Begin an export, and return it. Raises FilterError, TooManyExportsError, and KeyError for an unknown `kind`."""
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
            export_jobs.add(connection, job.id, site_id, stated(asked), now, RETENTION_SECONDS)
        self._begin(job)
        self.go_on(job)
        return job

    def all(self, site: str, site_id: int) -> list[Job]:
        """Return the exports of the site that can be fetched or are written, the newest first."""
        self._adopt(site, site_id)
        return [job for job in jobs_of(self._folder, site) if self._is_good(job, site_id)]

    def find(self, site: str, site_id: int, job_id: str) -> Job | None:
        """Return an export of the site, or None where there is none or it is none any more."""
        self._adopt(site, site_id)
        job = find_job(self._folder, site, job_id)
        if job is None or not self._is_good(job, site_id):
            return None
        if job.state() == State():
            # Another node was asked for it, and nobody has begun here.
            self.go_on(job)
        return job

    def _adopt(self, site: str, site_id: int) -> None:
        """Take over what other nodes were asked for, and remove what was removed on one of them."""
        with self._engine.connect() as connection:
            asked = export_jobs.of_site(connection, site_id)
        here = {job.id: job for job in jobs_of(self._folder, site)}
        for job_id in asked.keys() - here.keys():
            adopt_job(self._folder, site, job_id, asked[job_id])
        for job in here.values():
            # One that is made at this moment stands here before it stands there.
            if job.id not in asked and self._clock() - job.asked.at > START_SECONDS:
                remove_job(job)

    def go_on(self, job: Job) -> None:
        """Start a process for an export whose writer has ended."""
        if not job.state().is_whole and job.begin(self._clock()):
            self._start(job.asked.site, job.id)

    def go_on_with_all(self) -> None:
        """Resume all exports that ended early, as when the machine was switched off; call `sweep` before."""
        for folder in self._folder.glob("*"):
            for job in jobs_of(self._folder, folder.name):
                self.go_on(job)

    def sweep(self) -> int:
        """Remove what is old, what holds receipts that were erased since, and what is left of removed exports.

        Returns how many exports that were. Any node may do it for its own folder, as often as it likes.
        """
        removed = 0
        for folder in self._folder.glob("*/*"):
            job = find_job(self._folder, folder.parent.name, folder.name)
            if job is not None:
                removed += not self._is_good(job, job.asked.site_id)
            elif self._clock() - folder.stat().st_mtime > START_SECONDS:
                # A writer that had not noticed the removal has written on.
                remove_folder(folder)
        return removed

    def remove(self, job: Job) -> None:
        """Remove an export, on every node."""
        with self._engine.begin() as connection:
            export_jobs.remove(connection, job.id)
        remove_job(job)

    def _is_good(self, job: Job, site_id: int) -> bool:
        """Return whether an export may still be fetched; remove one that is old, or holds what was erased since."""
        with self._engine.connect() as connection:
            # After a restore the numbers of erasures begin at an earlier one again.
            is_outdated = erasures.newest(connection, site_id) != job.asked.erasures
        if is_outdated or self._clock() - job.asked.at > RETENTION_SECONDS or job.asked.site_id != site_id:
            self.remove(job)
            return False
        return True
