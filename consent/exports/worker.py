"""Worker process that writes a requested export, from the start or resuming an interrupted one."""

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


def work(source: Source, job: Job, *, only_begins: bool = False) -> State:
    """Write what is missing of `job`, note how far it has come, and return that; a fault is noted in words.

    Does nothing where another process writes it, or it is whole. With `only_begins` it stops after the first rows. The disk
    takes what is written while more is made, so that at the end of gigabytes there is little to wait for.
    """
    try:
        with job.lock():
            state = job.state()
            return state if state.is_whole else _write(source, job, state, only_begins)
    except JobLockedError:
        return job.state()
    except SQLAlchemyError as error:
        log.warning("an export waits: the database does not answer (%s)", type(error).__name__)
        return _give_up(job, translatable("The database did not answer."))
    except OSError as error:
        log.warning("an export waits: %s", error)
        return _give_up(job, translatable(f"The file could not be written: {error.strerror}."))


def _write(source: Source, job: Job, state: State, only_begins: bool) -> State:
    asked = job.asked
    tree = LogTree(source.engine, asked.site_id, asked.tree)
    export = Export(source, asked.site_id, asked.site, read_filters(asked.filters), asked.kind, tree)
    job.file.touch(mode=0o600)
    with job.file.open("r+b") as file, ThreadPoolExecutor(1, "export-disk") as disk:
        _go_on(export, file, state)
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
                    # What failed is told once, to the one who asks first.
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


def _go_on(export: Export, file: IO[bytes], state: State) -> None:
    """Cut `file` where `state` was noted, and have `export` go on there; from the start where the file has less."""
    if state.place is None or file.seek(0, os.SEEK_END) < state.size:
        file.truncate(0)
        file.seek(0)
        return
    file.truncate(state.size)
    file.seek(0)
    digest: Any = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    export.go_on(state.place, state.count, digest)


def _give_up(job: Job, error: str) -> State:
    state = job.state()
    state = State(state.count, state.size, state.place, error=error)
    try:
        job.note(state)
    except OSError:
        log.warning("not even that could be noted")
    return state
