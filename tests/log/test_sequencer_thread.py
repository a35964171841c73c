"""Each receipt gets one index in its site's log, without gaps, whatever happens in between; on both databases."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from consent.log import sequencer as sequencing
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.sequencer import Rounds
from consent.log.sequencer_lock import acquire
from consent.log.sequencer_thread import Sequencer
from consent.storage.log import entries, tree_store
from consent.storage.privacy import erasures
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import configs, sites
from consent.storage.tables.log import LogEntry, LogTile
from consent.storage.tables.receipts import Receipt
from consent.storage.tables.sites import Config
from tests.log.sequencing import BASE_URL, another_turn, check_whole, head_of, publish, write
from tests.log.tampering import rewrite, set_back
from tests.storage.sample_receipts import DAY, NOW, receipt_of

ROOT = Path(__file__).parents[2]


def index_of(engine, receipt_id):
    with engine.connect() as transaction:
        return transaction.execute(select(Receipt.log_index).where(Receipt.id == receipt_id)).scalar_one()


def test_receipts_and_configs_get_their_places_and_a_checkpoint_covers_them(engine, shop, writer, sequencer):
    name = publish(engine, shop)
    write(writer, shop, 5)
    assert sequencer.run() == 6
    assert check_whole(engine, shop) == 6
    with engine.connect() as transaction:
        entry = entries.config_entry(transaction, shop.id, name)
    assert (entry.log_index, entry.kind) == (0, "config")
    assert head_of(engine, shop).note.startswith("consent.example.com/log/shop\n6\n")


def test_a_run_without_work_changes_nothing(engine, shop, writer, sequencer):
    assert sequencer.run() == 0
    assert head_of(engine, shop) is None
    write(writer, shop, 3)
    sequencer.run()
    before = head_of(engine, shop)
    assert sequencer.run() == 0
    assert head_of(engine, shop) == before


def test_no_checkpoint_is_later_than_the_clock_of_the_database(engine, shop, writer, keys, tmp_path):
    ahead = Sequencer(engine, keys, BASE_URL, tmp_path, clock=lambda: time.time() + 3600)
    write(writer, shop, 1)
    ahead.run()
    assert (head_of(engine, shop).time > time.time() + 60) == (engine.dialect.name == "sqlite")


def test_an_assigned_index_never_changes(engine, shop, writer, sequencer):
    (first,) = write(writer, shop, 1, time=NOW)
    sequencer.run()
    # Older by its time, but later in the log.
    (second,) = write(writer, shop, 1, time=NOW - DAY)
    sequencer.run()
    assert (index_of(engine, first), index_of(engine, second)) == (0, 1)
    assert check_whole(engine, shop) == 2


def test_many_batches_over_several_months_make_one_whole_log(engine, shop, writer, keys, tmp_path):
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, batch=100)
    for month in range(3):
        write(writer, shop, 120, time=NOW + month * 31 * DAY)
    assert sequencer.run() == 360
    assert check_whole(engine, shop) == 360


def test_each_site_has_a_log_of_its_own(engine, shop, writer, sequencer):
    with engine.begin() as transaction:
        other = sites.create(transaction, "other", "Another", "{}", NOW)
    write(writer, shop, 2)
    write(writer, other, 3)
    assert sequencer.run() == 5
    assert (check_whole(engine, shop), check_whole(engine, other)) == (2, 3)


def test_a_failing_site_does_not_delay_others(engine, shop, writer, sequencer):
    with engine.begin() as transaction:
        broken = sites.create(transaction, "broken", "Sorts before the shop", "{}", NOW)
        configs.put_config(transaction, broken.id, 1, b"{}", now=NOW, by="a" * 32)
    write(writer, shop, 3)
    with pytest.raises(KeyError):
        sequencer.run()
    assert (check_whole(engine, shop), check_whole(engine, broken)) == (3, 0)


def test_what_was_erased_before_its_turn_is_in_the_log_all_the_same(engine, shop, writer, sequencer):
    ids = write(writer, shop, 3)
    with engine.begin() as transaction:
        erasures.erase(transaction, shop.id, ids[:1])
    sequencer.run()
    with engine.begin() as transaction:
        erasures.erase(transaction, shop.id, ids[1:2])
    assert check_whole(engine, shop) == 3


def test_does_nothing_while_another_process_holds_the_lock(engine, shop, writer, sequencer, tmp_path):
    write(writer, shop, 2)
    with another_turn(engine, tmp_path):
        assert sequencer.run() == 0
    assert sequencer.run() == 2


def test_two_sequencers_at_once_never_give_an_index_twice(engine, shop, writer, keys, tmp_path):
    stop, faults = threading.Event(), []

    def sequence():
        mine = Sequencer(engine, keys, BASE_URL, tmp_path)
        while not stop.is_set():
            try:
                mine.run()
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=sequence) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        write(writer, shop, 10)
    stop.set()
    for thread in threads:
        thread.join()
    Sequencer(engine, keys, BASE_URL, tmp_path).run()
    assert faults == []
    assert check_whole(engine, shop) == 200


def test_also_without_a_lock_only_one_of_two_rounds_is_kept(engine, shop, writer, keys, tmp_path):
    write(writer, shop, 40)
    rounds = Rounds(keys, BASE_URL, CheckpointFiles(tmp_path / "checkpoints"))
    site, start, ends, faults = tree_store.Waiting(shop.id, "shop", NOW), threading.Barrier(3), [], []

    def race():
        with engine.connect() as connection:
            start.wait()
            for _ in range(10):
                try:
                    ends.append(rounds.run(connection, site, NOW, batch=4))
                except tree_store.TreeConflictError:
                    ends.append(0)
                except Exception as error:
                    faults.append(error)

    threads = [threading.Thread(target=race) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (faults, len(ends)) == ([], 30)
    assert check_whole(engine, shop) == sum(ends)


STEPS = (
    "tree_store.put_head",
    "entries.put_configs",
    "entries.number_entries",
    "tree_store.number_receipts",
    "tree_store.put_tiles",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", [True, False])
def test_an_interrupted_round_leaves_nothing_behind(engine, shop, writer, sequencer, monkeypatch, step, before):
    write(writer, shop, 3)
    sequencer.run()
    publish(engine, shop)
    write(writer, shop, 3)
    module, name = step.split(".")
    real = getattr(getattr(sequencing, module), name)

    def broken(*arguments):
        if not before:
            real(*arguments)
        raise OSError("broken off")

    with monkeypatch.context() as patch:
        patch.setattr(getattr(sequencing, module), name, broken)
        with pytest.raises(OSError, match="broken off"):
            sequencer.run()
    assert check_whole(engine, shop) == 3
    assert sequencer.run() == 4
    assert check_whole(engine, shop) == 7


def test_recovers_from_a_crash_before_the_checkpoint_was_written(
    engine, shop, writer, sequencer, tmp_path, monkeypatch
):
    def full(*_):
        raise OSError("disk full")

    write(writer, shop, 3)
    with monkeypatch.context() as patch:
        patch.setattr(CheckpointFiles, "add", full)
        with pytest.raises(OSError, match="disk full"):
            sequencer.run()
    assert check_whole(engine, shop) == 3
    write(writer, shop, 1)
    assert sequencer.run() == 1
    assert CheckpointFiles(tmp_path / "checkpoints").last("shop").size == 4


@pytest.mark.long
def test_kill_9_in_the_middle_loses_and_doubles_nothing(engine, shop, writer, sequencer, tmp_path):
    address = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.log.sequencing_process", address, str(tmp_path)]
    sizes = []
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
            process.stdout.readline()
            write(writer, shop, 60)
            process.kill()
        sizes.append(check_whole(engine, shop))
    until = time.monotonic() + 60
    # The database releases a killed process's lock once it notices.
    while check_whole(engine, shop) < 240 and time.monotonic() < until:
        sequencer.run()
    assert check_whole(engine, shop) == 240
    assert sizes == sorted(sizes)
    assert sequencer.warnings() == []


def damage(engine, shop):
    with engine.begin() as transaction:
        transaction.execute(update(LogTile).values(hashes=b"d" * 96))


def lose(engine, shop):
    with engine.begin() as transaction:
        transaction.execute(delete(LogTile))


@pytest.mark.parametrize(
    ("harm", "said"),
    [(set_back, "database has 0"), (damage, "do not match the root"), (lose, "missing")],
)
def test_a_tree_that_does_not_go_on_from_what_was_signed_is_not_signed(engine, shop, writer, sequencer, harm, said):
    write(writer, shop, 3)
    sequencer.run()
    harm(engine, shop)
    write(writer, shop, 1)
    assert sequencer.run() == 0
    assert said in sequencer.warnings()[0]


def test_a_rewritten_tree_is_refused_also_where_it_is_larger(engine, shop, writer, sequencer, keys, tmp_path):
    write(writer, shop, 3)
    sequencer.run()
    rewrite(engine, shop)
    write(writer, shop, 3)
    # Someone with the keys, but without the file, sequences it again.
    assert Sequencer(engine, keys, BASE_URL, tmp_path / "elsewhere").run() == 6
    write(writer, shop, 1)
    assert sequencer.run() == 0
    assert "differ from those that were signed" in sequencer.warnings()[0]


def change_entry(engine):
    """Change the content of a signed entry, as stored in its row."""
    with engine.begin() as transaction:
        transaction.execute(update(LogEntry).where(LogEntry.kind == "audit").values(leaf_hash=b"e" * 32))


def lose_entry(engine):
    with engine.begin() as transaction:
        transaction.execute(delete(LogEntry).where(LogEntry.kind == "audit"))


@pytest.mark.parametrize("harm", [change_entry, lose_entry])
def test_a_tree_with_another_entry_or_one_less_is_refused(engine, shop, writer, sequencer, keys, tmp_path, harm):
    publish(engine, shop)
    for action in ("site.created", "draft.changed"):
        with engine.begin() as transaction:
            Author(COMMAND_LINE, keys.receipt).record(transaction, shop, action, "shop", None, {"n": 1}, NOW)
    write(writer, shop, 2)
    assert sequencer.run() == 5
    harm(engine)
    with engine.begin() as transaction:
        transaction.execute(update(LogEntry).values(log_index=None))
        transaction.execute(delete(LogEntry).where(LogEntry.kind == "config"))
        transaction.execute(update(Config).values(log_index=None))
    set_back(engine, shop)
    write(writer, shop, 3)
    # Someone with the keys, but without the file, signs a tree over the current content.
    assert Sequencer(engine, keys, BASE_URL, tmp_path / "elsewhere").run() >= 6
    write(writer, shop, 1)
    assert sequencer.run() == 0
    assert "differ from those that were signed" in sequencer.warnings()[0]


def test_the_file_has_each_checkpoint_and_a_line_cut_off_does_no_harm(engine, shop, writer, sequencer, tmp_path):
    file = tmp_path / "checkpoints" / "shop"
    write(writer, shop, 2)
    sequencer.run()
    with file.open("ab") as opened:
        opened.write(b'{"size": 99, "root": "ab')
    write(writer, shop, 1)
    assert sequencer.run() == 1
    lines = [line for line in file.read_text().split("\n") if line]
    assert [json.loads(lines[place])["size"] for place in (0, 2)] == [2, 3]
    assert json.loads(lines[2])["note"] == head_of(engine, shop).note
    assert CheckpointFiles(tmp_path / "checkpoints").last("shop").size == 3


def test_the_lag_is_that_of_the_oldest_leaf_and_warns_after_a_minute(engine, shop, writer, keys, tmp_path):
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, clock=lambda: NOW + 90)
    write(writer, shop, 1)
    with another_turn(engine, tmp_path):
        sequencer.run()
    assert sequencer.lag == 90
    assert "90 s" in sequencer.warnings()[0]
    sequencer.run()
    assert (sequencer.lag, sequencer.warnings()) == (0.0, [])


def test_the_thread_sequences_by_itself_and_ends(engine, shop, writer, sequencer):
    sequencer.start()
    write(writer, shop, 1)
    arrived = threading.Event()
    while head_of(engine, shop) is None:
        arrived.wait(0.05)
    sequencer.close()
    assert check_whole(engine, shop) == 1


def test_a_receipt_has_its_leaf_hash_in_the_tree_at_its_index(engine, shop, writer, sequencer):
    new = receipt_of(shop.id)
    writer.submit(new)
    sequencer.run()
    with engine.connect() as transaction:
        read = tree_store.tile_reader(transaction, shop.id)
        assert read(0, index_of(engine, new.id)) == new.leaf_hash


@pytest.mark.long
def test_a_process_disconnected_during_a_round_loses_the_lock(postgres_engine, keys, tmp_path):
    writer, other = ReceiptWriter(postgres_engine, timeout=60), Sequencer(postgres_engine, keys, BASE_URL, tmp_path)
    with postgres_engine.begin() as transaction:
        site = sites.create(transaction, "shop", "The shop", "{}", NOW)
    write(writer, site, 2)
    with postgres_engine.connect() as cut_off:
        # The connection goes silent, and the server can't know why.
        assert acquire(cut_off)
        assert other.run() == 0
        while not other.run():
            threading.Event().wait(0.2)
        cut_off.invalidate()
    assert check_whole(postgres_engine, site) == 2
    assert writer.close()
