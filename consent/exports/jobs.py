"""Export jobs: each a folder with its request, its progress, and the partial file.

`<instance>/exports/<site>/<id>/` holds `job.json`, which never changes; `state.json`, which is replaced atomically;
`started`, whose modification time is the last start of a process; `lock`, locked by the writing process; the file under
its own name; and, once that is complete, its manifest. Each node that is asked for the job has its own folder; the
request is also stored in the database.
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

from consent.core.days import DAY_SECONDS
from consent.core.documents.json_object import JsonObject
from consent.exports.zip_archive import manifest_name

RETENTION_SECONDS = DAY_SECONDS
"""How long a file can be downloaded."""
START_SECONDS = 10.0
"""Time a process has to take the lock before another one is started."""
_ID = re.compile(r"[0-9a-f]{32}")


class JobLockedError(Exception):
    """Raised when another process is writing this export."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """The request: `filters` in API terms, `by` an opaque id, `tree` the checkpoint's size and note.

    `newest` and `oldest` are the unix times between which the receipts lie; `erasures` is the number of the last
    erasure.
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
        """Return the filters without anything that identifies a visitor, for a log that is kept forever."""
        return {name: "one" if name == "visitor" else value for name, value in self.filters.items()}


@dataclass(frozen=True, slots=True)
class State:
    """The progress: `count` rows in `size` bytes, up to the receipt `place` (time and id).

    `sha256` is set once the file is complete; `error` says why writing stopped.
    """

    count: int = 0
    size: int = 0
    place: tuple[int, str] | None = None
    sha256: str = ""
    error: str = ""

    @property
    def is_whole(self) -> bool:
        """Return whether the file is complete."""
        return bool(self.sha256)


class Job:
    """A requested export in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, folder.name
        facts = json.loads((folder / "job.json").read_text("utf-8"))
        self.request = JobRequest(**facts | {"tree": tuple(facts["tree"])})

    @property
    def file(self) -> Path:
        """Return the path of the file."""
        return self.folder / self.request.name

    @property
    def manifest(self) -> Path:
        """Return the path of the manifest."""
        return self.folder / manifest_name(self.request.name)

    def state(self) -> State:
        """Return the progress."""
        try:
            facts = json.loads((self.folder / "state.json").read_text("utf-8"))
        except FileNotFoundError:
            return State()
        return State(**facts | {"place": tuple(facts["place"]) if facts["place"] else None})

    def note(self, state: State) -> None:
        """Store the progress atomically."""
        _write_json(self.folder / "state.json", asdict(state))

    def is_under_way(self) -> bool:
        """Return whether a process is writing it."""
        try:
            with self.lock():
                return False
        except JobLockedError:
            return True

    def begin(self, now: float) -> bool:
        """Return whether a writing process may be started now: nobody is writing, and none was started recently."""
        mark = self.folder / "started"
        # Check the mark first: testing the lock holds it for a moment, in which a starting process would find it taken.
        if (mark.exists() and now - mark.stat().st_mtime < START_SECONDS) or self.is_under_way():
            return False
        mark.touch()
        os.utime(mark, (now, now))
        return True

    def share(self) -> float:
        """Return the share of the requested period that the file covers, from 0 to 1; rows go from new to old."""
        state, asked = self.state(), self.request
        if state.is_whole:
            return 1.0
        if state.place is None or asked.newest <= asked.oldest:
            return 0.0
        return min(max((asked.newest - state.place[0]) / (asked.newest - asked.oldest), 0.0), 0.99)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Take the writer's lock. Raises JobLockedError if another process has it; the lock ends with the process."""
        with (self.folder / "lock").open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JobLockedError from None
            yield


def make_job(root: Path, request: JobRequest, job_id: str = "") -> Job:
    """Create the folder of an export under `root`, and return the export."""
    folder = root / request.site / (job_id or secrets.token_hex(16))
    folder.mkdir(mode=0o700, parents=True)
    _write_json(folder / "job.json", asdict(request))
    return Job(folder)


def adopt_job(root: Path, site: str, job_id: str, text: str) -> Job | None:
    """Return an export requested on another node, from its JSON; None if another process is creating it right now."""
    folder = root / site / job_id
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        return find_job(root, site, job_id)
    _write_json(folder / "job.json", json.loads(text))
    return Job(folder)


def request_json(request: JobRequest) -> str:
    """Return the request as JSON, for other nodes."""
    return json.dumps(asdict(request))


def jobs_of(root: Path, site: str) -> list[Job]:
    """Return a site's exports, newest first."""
    # A folder without this file is being created or removed.
    jobs = [Job(file.parent) for file in (root / site).glob("*/job.json")]
    return sorted(jobs, key=lambda job: (job.request.at, job.id), reverse=True)


def find_job(root: Path, site: str, job_id: str) -> Job | None:
    """Return the site's export with this id, or None."""
    if not _ID.fullmatch(job_id):
        return None
    try:
        return Job(root / site / job_id)
    except FileNotFoundError:
        return None


def remove_job(job: Job) -> None:
    """Remove an export; a process that is writing it finds the state gone and exits."""
    (job.folder / "job.json").unlink(missing_ok=True)
    remove_folder(job.folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder that no longer contains an export, except for files a writer is adding right now."""
    shutil.rmtree(folder, ignore_errors=True)


def _write_json(file: Path, facts: JsonObject) -> None:
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(facts), "utf-8")
    os.replace(part, file)
