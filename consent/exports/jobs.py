"""Export jobs: each a folder with its request, its progress, and the partial file.

`<instance>/exports/<site>/<id>/` holds `job.json`, which never changes; `state.json`, which is replaced whole;
`started`, whose modification time is the last start of a process; `lock`, locked by the writing process; the file
under its own name; and, once that is complete, its manifest. Each node that gets a request for the job has its own
folder; the request itself is stored in the database too.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from consent.core.documents.json_object import JsonObject
from consent.exports.zip_archive import manifest_name

RETENTION_SECONDS = 24 * 3600
"""So long a file is there to be fetched."""
START_SECONDS = 10.0
"""So long a process has to take the lock before another one is started."""
_ID = re.compile(r"[0-9a-f]{32}")


class JobLockedError(Exception):
    """Another process writes this export."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What was asked for: `filters` in the words of the API, `by` an opaque id, `tree` size and note of the checkpoint.

    `newest` and `oldest` are the unix seconds between which the receipts can be, `erasures` the number of the last erasure.
    """

    site: str
    site_id: int
    kind: str
    name: str
    filters: dict[str, str]
    by: str
    at: int
    tree: tuple[int, str | None]
    newest: int
    oldest: int
    erasures: int

    @property
    def audit_filters(self) -> dict[str, str]:
        """Return the filters with nothing that leads to a visitor, for a log that keeps them for ever."""
        return {name: "one" if name == "visitor" else value for name, value in self.filters.items()}


@dataclass(frozen=True, slots=True)
class State:
    """How far it has come: `count` rows in `size` bytes, up to the receipt `place` (time and id).

    `sha256` is that of the whole file, which is written then; `error` says why nobody writes on.
    """

    count: int = 0
    size: int = 0
    place: tuple[int, str] | None = None
    sha256: str = ""
    error: str = ""

    @property
    def is_whole(self) -> bool:
        """Return whether all of the file is written."""
        return bool(self.sha256)


class Job:
    """One export that was asked for, in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, folder.name
        facts = json.loads((folder / "job.json").read_text("utf-8"))
        self.asked = JobRequest(**facts | {"tree": tuple(facts["tree"])})

    @property
    def file(self) -> Path:
        """Return where the file is written."""
        return self.folder / self.asked.name

    @property
    def manifest(self) -> Path:
        """Return where the manifest is put."""
        return self.folder / manifest_name(self.asked.name)

    def state(self) -> State:
        """Return how far it has come."""
        try:
            facts = json.loads((self.folder / "state.json").read_text("utf-8"))
        except FileNotFoundError:
            return State()
        return State(**facts | {"place": tuple(facts["place"]) if facts["place"] else None})

    def note(self, state: State) -> None:
        """Keep how far it has come, whole or not at all."""
        _write(self.folder / "state.json", asdict(state))

    def is_under_way(self) -> bool:
        """Return whether a process writes it now."""
        try:
            with self.lock():
                return False
        except JobLockedError:
            return True

    def begin(self, now: float) -> bool:
        """Return whether a process may be started now to write on: nobody writes, and none was started just before."""
        mark = self.folder / "started"
        # The mark first: who asks for the lock holds it for a moment, in which a process that starts would find it taken.
        if (mark.exists() and now - mark.stat().st_mtime < START_SECONDS) or self.is_under_way():
            return False
        mark.touch()
        os.utime(mark, (now, now))
        return True

    def share(self) -> float:
        """Return how much of the time that is asked for the file covers, from 0 to 1: rows go from new to old."""
        state, asked = self.state(), self.asked
        if state.is_whole:
            return 1.0
        if state.place is None or asked.newest <= asked.oldest:
            return 0.0
        return min(max((asked.newest - state.place[0]) / (asked.newest - asked.oldest), 0.0), 0.99)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the one who writes. Raises JobLockedError where somebody else is; the lock ends with the process."""
        with (self.folder / "lock").open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JobLockedError from None
            yield


def make_job(shelf: Path, asked: JobRequest, job_id: str = "") -> Job:
    """Create the folder of an export below `shelf`, and return the export."""
    folder = shelf / asked.site / (job_id or secrets.token_hex(16))
    folder.mkdir(mode=0o700, parents=True)
    _write(folder / "job.json", asdict(asked))
    return Job(folder)


def adopt_job(shelf: Path, site: str, job_id: str, text: str) -> Job | None:
    """Return an export that was asked for of another node, as it stated it; None where another process begins it now."""
    folder = shelf / site / job_id
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return find_job(shelf, site, job_id)
    _write(folder / "job.json", json.loads(text))
    return Job(folder)


def stated(asked: JobRequest) -> str:
    """Return what was asked for as JSON, for other nodes."""
    return json.dumps(asdict(asked))


def jobs_of(shelf: Path, site: str) -> list[Job]:
    """Return the exports of a site, the newest first."""
    # A folder without this file is being made, or being removed.
    jobs = [Job(file.parent) for file in (shelf / site).glob("*/job.json")]
    return sorted(jobs, key=lambda job: (job.asked.at, job.id), reverse=True)


def find_job(shelf: Path, site: str, job_id: str) -> Job | None:
    """Return the export of that site and id, or None."""
    if not _ID.fullmatch(job_id):
        return None
    try:
        return Job(shelf / site / job_id)
    except FileNotFoundError:
        return None


def remove_job(job: Job) -> None:
    """Remove all of an export; who writes it finds the state gone and ends."""
    (job.folder / "job.json").unlink(missing_ok=True)
    remove_folder(job.folder)


def remove_folder(folder: Path) -> None:
    """Remove the folder of an export that is none any more, as far as no writer is about to put a file into it."""
    shutil.rmtree(folder, ignore_errors=True)


def _write(file: Path, facts: JsonObject) -> None:
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(facts), "utf-8")
    os.replace(part, file)
