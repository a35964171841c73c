"""Two nodes on one database, each with its own folder."""

import pytest
from sqlalchemy import delete

from consent.log.checkpoint_files import CheckpointFiles
from consent.log.sequencer_thread import CHECKPOINTS, Sequencer
from consent.storage.log import tree_store
from consent.storage.tables.log import LogCheckpoint, LogTile
from tests.log.sequencing import BASE_URL, write
from tests.log.tampering import rewrite


@pytest.fixture
def other(engine, keys, tmp_path):
    """Return the sequencer of another node, which checks on each run."""
    found = Sequencer(engine, keys, BASE_URL, tmp_path / "other")
    found._follower._every_s = 0
    return found


def kept(tmp_path):
    return CheckpointFiles(tmp_path / "other" / CHECKPOINTS).last("shop")


def test_each_node_keeps_the_checkpoints_that_another_one_signed(engine, shop, writer, sequencer, other, tmp_path):
    for size in (3, 6):
        write(writer, shop, 3)
        assert sequencer.run() == 3
        assert other.run() == 0
        with engine.connect() as connection:
            head = tree_store.head(connection, shop.id)
        assert head is not None
        assert kept(tmp_path) == (size, head.root)


def test_a_node_that_takes_over_notices_a_log_that_was_set_back(engine, shop, writer, sequencer, other, tmp_path):
    write(writer, shop, 3)
    sequencer.run()
    other.run()
    with engine.begin() as transaction:
        transaction.execute(delete(LogCheckpoint))
        transaction.execute(delete(LogTile))
    write(writer, shop, 1)
    assert other.run() == 0
    assert "3 leaves were signed, but the database has 0" in " ".join(other.warnings())


def test_a_tree_that_was_rewritten_is_noticed_by_a_node_that_only_looks(
    engine, shop, writer, sequencer, other, keys, tmp_path
):
    write(writer, shop, 3)
    sequencer.run()
    other.run()
    rewrite(engine, shop)
    write(writer, shop, 3)
    # Someone with the keys, but without the file, sequences it again.
    assert Sequencer(engine, keys, BASE_URL, tmp_path / "elsewhere").run() == 6
    assert other.run() == 0
    assert "differ from those that were signed" in other.warnings()[0]
