"""Exports as jobs: written, interrupted and resumed, downloaded whole and in parts, and removed after an erasure."""

import hashlib
import json
import shutil
import threading
import time
from dataclasses import replace
from functools import partial

import pytest
from werkzeug.test import create_environ

from consent.app import create_service
from consent.exports import Source, jobs, worker
from consent.exports import worker as working
from consent.exports.download import TruncatedExportError, answer_file, answer_manifest, stream_growing
from consent.exports.export_stream import Export
from consent.exports.job_store import JobStore, TooManyExportsError
from consent.exports.jobs import JobLockedError, State, find_job
from consent.exports.sweeper import ExportSweeper
from consent.storage.receipts import export_rows
from consent.storage.selection.subjects import Subject
from consent.verify import check
from tests.polling import wait_for

pytestmark = pytest.mark.app

KINDS = ("csv", "jsonl", "iso27560")


@pytest.fixture
def small_steps(monkeypatch):
    """Save the position after each receipt."""
    monkeypatch.setattr("consent.exports.export_stream.CHUNK", 1)
    monkeypatch.setattr(working, "NOTED_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(export_rows, "STEP", 2)


@pytest.fixture
def source(shop):
    context = shop.service.context
    return Source(context.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)


@pytest.fixture
def shelf(shop, tmp_path):
    return JobStore(shop.service.context.engine, tmp_path, lambda site, job_id: None)


def ask(shelf, shop, kind="csv", **filters):
    return shelf.request("shop", shop.site_id, kind, filters, "a" * 32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_writes_what_the_stream_gives(shelf, shop, source, export, kind):
    job = ask(shelf, shop, kind)
    done = worker.write_export(source, job)
    data = job.file.read_bytes()
    assert data == export(f"format={kind}")
    assert (done.is_whole, done.sha256) == (True, hashlib.sha256(data).hexdigest())
    manifest = json.loads(answer_manifest(job).get_data())
    assert manifest["count"] == done.count
    assert job.state() == done == worker.write_export(source, job)


class Killed(BaseException):
    """Raised to stop the process as kill -9 would: nothing after it runs."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_that_is_killed_anywhere_goes_on_to_the_same_file(
    shelf, shop, source, keys, tmp_path, monkeypatch, small_steps, kind
):
    whole = ask(shelf, shop, kind)
    worker.write_export(source, whole)
    real = Export.chunks
    job = ask(shelf, shop, kind)
    for step in range(1, 40):

        def dying(self, left=step):
            for number, chunk in enumerate(real(self)):
                if number == left % 4 + 1:
                    raise Killed
                yield chunk

        monkeypatch.setattr(Export, "chunks", dying)
        try:
            done = worker.write_export(source, job)
            break
        except Killed:
            with job.file.open("ab") as file:
                file.write(b"bytes that were never noted")
    assert done.is_whole
    assert step > 2
    if kind == "iso27560":
        found = [json.loads(one.file.read_bytes())["@graph"] for one in (whole, job)]
        records = [[node for node in graph if node["@type"] == "dpv:ConsentRecord"] for graph in found]
        assert records[0] == records[1]
    else:
        assert job.file.read_bytes() == whole.file.read_bytes()
    if kind == "jsonl":
        assert check(job.file, keys)[0] == 0


def test_a_file_that_lost_its_end_is_begun_anew(shelf, shop, source):
    job = ask(shelf, shop)
    job.file.write_bytes(b"half")
    job.note(State(5, 10_000, (1, "0" * 32)))
    worker.write_export(source, job)
    assert job.file.read_bytes().count(b"\r\n") == len(shop.ids) + 1


def test_what_came_after_the_ask_has_no_proof_in_it(shelf, shop, source):
    job = ask(shelf, shop, "jsonl")
    job = replace_tree(job, (0, None))
    worker.write_export(source, job)
    rows = [json.loads(line) for line in job.file.read_text().splitlines()[:-1]]
    assert {row["index"] for row in rows} == {None}


def replace_tree(job, tree):
    job.request = replace(job.request, tree=tree)
    return job


def test_the_first_rows_are_there_before_a_process_is(shop, source, tmp_path):
    begin = partial(worker.write_export, source, only_begins=True)
    shelf = JobStore(shop.service.context.engine, tmp_path, lambda site, job_id: None, begin)
    job = ask(shelf, shop, "jsonl")
    assert job.state().is_whole  # an export that fits into the first chunk is complete at once
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("consent.exports.export_stream.CHUNK", 1)
        job = ask(shelf, shop, "jsonl")
        assert (job.state().count, job.state().is_whole) == (1, False)
        assert json.loads(next(stream_growing(job, shelf.resume)).splitlines()[0])["id"] in shop.ids
    worker.write_export(source, job)
    assert job.state().is_whole


def test_two_processes_do_not_write_one_file(shelf, shop, source):
    job = ask(shelf, shop)
    with job.lock():
        assert job.is_under_way()
        assert worker.write_export(source, job) == State()
        with pytest.raises(JobLockedError), job.lock():
            pass
    assert not job.is_under_way()


def test_a_process_is_started_once_and_again_where_it_ended(shop, tmp_path):
    started, now = [], [1_800_000_000.0]
    engine = shop.service.context.engine
    shelf = JobStore(engine, tmp_path, lambda *job: started.append(job), clock=lambda: now[0])
    job = ask(shelf, shop)
    shelf.resume(job)
    assert started == [("shop", job.id)]
    now[0] += jobs.START_SECONDS + 1
    shelf.resume_all()
    assert started == [("shop", job.id)] * 2
    now[0] += jobs.RETENTION_SECONDS
    assert shelf.sweep() == 1
    shelf.resume_all()
    assert len(started) == 2
    assert not job.folder.exists()


def test_no_more_than_some_are_written_at_a_time(shelf, shop):
    held = [ask(shelf, shop) for _ in range(3)]
    locks = [job.lock() for job in held]
    for lock in locks:
        lock.__enter__()
    with pytest.raises(TooManyExportsError):
        ask(shelf, shop)
    for lock in locks:
        lock.__exit__(None, None, None)
    assert ask(shelf, shop)


@pytest.mark.parametrize("job_id", ["", "..", "../shop", "0" * 31, "0" * 32, "G" * 32, "/etc/passwd"])
def test_an_invalid_id_is_not_found(tmp_path, job_id):
    assert find_job(tmp_path, "shop", job_id) is None


def test_a_full_disk_is_reported_and_the_export_resumes(shelf, shop, source, monkeypatch):
    job = ask(shelf, shop)

    def full(self):
        yield b"id"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Export, "chunks", full)
        assert worker.write_export(source, job).error == "The file could not be written: No space left on device."
    assert worker.write_export(source, job).is_whole


def test_bytes_are_fetched_while_they_are_written(shelf, shop, source):
    job = ask(shelf, shop)
    got = []
    reader = threading.Thread(target=lambda: got.extend(stream_growing(job, shelf.resume)))
    reader.start()
    worker.write_export(source, job)
    reader.join(30)
    assert b"".join(got) == job.file.read_bytes()


def test_a_download_of_what_ended_early_breaks_off(shelf, shop, source, monkeypatch):
    job = ask(shelf, shop)
    job.file.write_bytes(b"id,time and bytes that were not noted")
    job.note(State(0, 7, None, error="The database did not answer."))
    started = []
    sent = stream_growing(job, started.append)
    assert next(sent) == b"id,time"
    with pytest.raises(TruncatedExportError):
        next(sent)
    assert started == []


def test_a_download_has_written_on_what_a_dead_process_left(shelf, shop, source, small_steps):
    job = ask(shelf, shop)
    worker.write_export(source, job, only_begins=True)
    assert not job.state().is_whole
    got = list(stream_growing(job, partial(worker.write_export, source)))
    assert len(got) > 1
    assert b"".join(got) == job.file.read_bytes()
    assert job.state().is_whole


def test_who_asks_for_a_part_has_the_rest_written(shelf, shop, source, small_steps):
    job = ask(shelf, shop)
    worker.write_export(source, job, only_begins=True)
    assert fetch(job, partial(worker.write_export, source), Range="bytes=10-").status_code == 503
    part = fetch(job, Range="bytes=10-")
    assert part.status_code == 206
    part.close()


def fetch(job, go_on=lambda job: None, **headers):
    return answer_file(job, create_environ(headers=headers), go_on)


def test_a_whole_file_is_fetched_in_parts(shelf, shop, source):
    job = ask(shelf, shop)
    assert fetch(job, Range="bytes=10-").status_code == 503
    worker.write_export(source, job)
    data = job.file.read_bytes()
    whole = fetch(job)
    assert (whole.status_code, whole.content_length) == (200, len(data))
    tag = whole.headers["ETag"]
    part = fetch(job, Range="bytes=100-", **{"If-Range": tag})
    assert (part.status_code, b"".join(part.iter_encoded())) == (206, data[100:])
    other = fetch(job, Range="bytes=100-", **{"If-Range": '"other"'})
    assert other.status_code == 200
    for answer in (whole, part, other):
        answer.close()
    after = fetch(job, Range=f"bytes={len(data)}-")
    assert (after.status_code, after.headers["Content-Range"]) == (416, f"bytes */{len(data)}")


def test_the_share_is_that_of_the_time(shelf, shop):
    job = ask(shelf, shop)
    job.request = replace(job.request, newest=1000, oldest=200)
    assert job.share() == 0
    shares = []
    for reached in (1000, 600, 200, 0, 2000):
        job.note(State(5, 10, (reached, "0" * 32)))
        shares.append(job.share())
    assert shares == [0, 0.5, 0.99, 0.99, 0]
    job.note(State(5, 10, (600, "0" * 32), "a" * 64))
    assert job.share() == 1


def test_after_an_erasure_no_file_is_left_that_holds_what_was_erased(tmp_path):
    from tests.api.shop import open_shop

    shop = open_shop(tmp_path / "shop")
    answer = shop.choose(shop.choice())
    context = shop.service.context
    shelf = JobStore(context.engine, tmp_path / "exports", lambda site, job_id: None)
    job = ask(shelf, shop)
    assert shelf.find("shop", shop.site_id, job.id)
    from consent.storage.sites import sites

    with context.engine.connect() as connection:
        owner = sites.by_key(connection, "shop")
    context.privacy.eraser.erase(owner, Subject("receipt", answer.json["id"]), "unlink", reason="asked", by="a" * 32)
    assert shelf.find("shop", shop.site_id, job.id) is None
    assert not job.folder.exists()
    assert shelf.find("shop", shop.site_id, ask(shelf, shop).id)
    shop.service.close()


def test_exports_go_at_an_erasure_and_at_a_start_without_anybody_asking_for_them(tmp_path):
    from tests.api.shop import open_shop, shop_settings

    shop = open_shop(tmp_path)
    first, second = (shop.choose(shop.choice(key=f"{number:032x}")).json["id"] for number in (1, 2))
    context = shop.service.context
    made = context.receipts.exports
    made._start = lambda site, job_id: None
    job = ask(made, shop, "jsonl")
    worker.write_export(Source(context.engine, context.configs.rules, [], context.settings.base_url), job)
    assert first in job.file.read_text()
    auth = shop.token("privacy:erase")
    shop.client.post("/api/v1/sites/shop/erasures", json=erasure(first), headers={"Authorization": auth})
    wait_for(lambda: not job.folder.exists())

    later = ask(made, shop)
    copy = tmp_path / "copy"
    shutil.copytree(later.folder, copy)
    shop.client.post("/api/v1/sites/shop/erasures", json=erasure(second), headers={"Authorization": auth})
    wait_for(lambda: not later.folder.exists())
    shop.service.close()
    # As if the process had been killed between erasing and removing.
    shutil.copytree(copy, later.folder)
    again = create_service(shop_settings(tmp_path))
    wait_for(lambda: not later.folder.exists())
    again.close()


def erasure(receipt):
    return {"receipt": receipt, "level": "full", "reason": "asked by letter"}


def test_what_a_writer_left_of_a_removed_export_goes_by_the_clock(shop, tmp_path):
    now = [time.time()]
    shelf = JobStore(shop.service.context.engine, tmp_path, lambda site, job_id: None, clock=lambda: now[0])
    job = ask(shelf, shop)
    (job.folder / "job.json").unlink()
    (job.folder / "receipts-shop.csv").write_text("rows")
    shelf.sweep()
    assert job.folder.exists(), "an export that is being made looks the same for a moment"
    now[0] += jobs.START_SECONDS + 60
    shelf.sweep()
    assert not job.folder.exists()


def test_deletes_an_export_made_before_a_database_restore(shop, tmp_path):
    shelf = JobStore(shop.service.context.engine, tmp_path, lambda site, job_id: None)
    job = ask(shelf, shop)
    facts = json.loads((job.folder / "job.json").read_text())
    (job.folder / "job.json").write_text(json.dumps(facts | {"erasures": facts["erasures"] + 7}))
    assert (shelf.sweep(), job.folder.exists()) == (1, False)


@pytest.fixture
def far(shop, tmp_path):
    """Return another node's job store, and the list of jobs that it started."""
    started = []
    found = JobStore(shop.service.context.engine, tmp_path / "far", lambda site, job_id: started.append(job_id))
    return found, started


def test_an_export_is_fetched_from_a_node_that_was_not_asked_for_it(shelf, shop, source, far):
    job = ask(shelf, shop, "jsonl")
    worker.write_export(source, job)
    other, started = far
    there = other.find("shop", shop.site_id, job.id)
    assert started == [job.id]
    worker.write_export(source, there)
    assert there.file.read_bytes() == job.file.read_bytes()
    assert [one.id for one in other.all("shop", shop.site_id)] == [one.id for one in shelf.all("shop", shop.site_id)]


def test_an_export_that_is_removed_on_one_node_is_gone_on_all(shop, tmp_path):
    now = [1e9]
    engine = shop.service.context.engine
    here, there = (JobStore(engine, tmp_path / name, lambda *_: None, clock=lambda: now[0]) for name in ("a", "b"))
    job = ask(here, shop)
    assert there.find("shop", shop.site_id, job.id)
    here.remove(job)
    now[0] += jobs.START_SECONDS + 1
    assert job.id not in {one.id for shelf in (here, there) for one in shelf.all("shop", shop.site_id)}
    assert not (tmp_path / "b" / "shop" / job.id).exists()


def test_interrupted_exports_are_resumed_in_a_later_round_if_they_cannot_be_now(shop, caplog):
    tries = []

    class Exports:
        def sweep(self):
            return 0

        def resume_all(self):
            tries.append(1)
            if len(tries) == 1:
                raise OSError(11, "Resource temporarily unavailable")

    sweeper = ExportSweeper(shop.service.context.engine, Exports(), 0.02)
    sweeper.start()
    wait_for(lambda: len(tries) > 1)
    sweeper.close()
    assert len(tries) == 2
    assert "could not resume interrupted exports" in caplog.text
