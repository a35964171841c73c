"""Worker process that writes a requested export, from the start or by resuming an interrupted one."""

import hashlib
import json
import logging
import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

from sqlalchemy.exc import SQLAlchemyError

from consent.core.translatable import translatable
from consent.exports.export_stream import Export, Source
from consent.exports.jobs import Job, JobLockedError, State
from consent.storage.log.tree_store import LogTree
from consent.storage.receipts.filter_params import read_filters

log = logging.getLogger(__name__)

NOTED_EVERY_SECONDS = 0.3
PIECE = 1 << 20


def write_export(source: Source, job: Job, *, only_begins: bool = False) -> State:
    """Write the rest of `job`, record its progress, and return it; an error is recorded as a sentence.

    Does nothing if another process is writing it or it is complete. With `only_begins`, it stops after the first rows.
    The file is synced to disk while more is produced, so that little remains to sync at the end of gigabytes.
    """
    try:
        with job.lock():
            state = job.state()
            return state if state.is_whole else _write(source, job, state, only_begins)
    except JobLockedError:
        return job.state()
    except SQLAlchemyError as error:
        log.warning("an export is paused: the database is unavailable (%s)", type(error).__name__)
        return _record_error(job, translatable("The database did not answer."))
    except OSError as error:
        log.warning("an export is paused: %s", error)
        return _record_error(job, translatable(f"The file could not be written: {error.strerror}."))


def _write(source: Source, job: Job, state: State, only_begins: bool) -> State:
    asked = job.request
    tree = LogTree(source.engine, asked.site_id, asked.tree)
    export = Export(source, asked.site_id, asked.site, read_filters(asked.filters), asked.kind, tree)
    job.file.touch(mode=0o600)
    with job.file.open("r+b") as file, ThreadPoolExecutor(1, "export-disk") as disk:
        _resume(export, file, state)
        noted, flushed = 0.0, Future[None]()
        flushed.set_result(None)
        for chunk in export.chunks():
            file.write(chunk)
            if export.place and time.monotonic() - noted > NOTED_EVERY_SECONDS:
                file.flush()
                state, noted = State(export.count, file.tell(), export.place), time.monotonic()
                job.note(state)
                if only_begins:
                    return state
                if flushed.done():
                    # The kernel reports a failed write only once, to the first fsync.
                    flushed.result()
                    flushed = disk.submit(os.fsync, file.fileno())
        flushed.result()
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    if not export.format.inline:
        job.manifest.write_text(json.dumps(export.manifest()) + "\n", "utf-8")
    done = State(export.count, size, export.place, export.sha256)
    job.note(done)
    return done


def _resume(export: Export, file: IO[bytes], state: State) -> None:
    """Truncate `file` to the recorded `state` and let `export` resume there, or restart if the file is shorter."""
    if state.place is None or file.seek(0, os.SEEK_END) < state.size:
        file.truncate(0)
        file.seek(0)
        return
    file.truncate(state.size)
    file.seek(0)
    digest: Any = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    export.resume_after(state.place, state.count, digest)


def _record_error(job: Job, error: str) -> State:
    state = job.state()
    state = State(state.count, state.size, state.place, error=error)
    try:
        job.note(state)
    except OSError:
        log.warning("could not save the error of an export")
    return state
