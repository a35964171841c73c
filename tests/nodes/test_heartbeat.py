"""What a process learns as one of several: about its keys, clock and version, and about the others' erasures."""

import shutil
import socket
import time
from pathlib import Path

import pytest

from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.key_rotation import rotate
from consent.nodes.heartbeat import Node, examine_nodes
from consent.privacy.eraser import FOLDER, Eraser
from consent.signing.keys import load_keys
from consent.storage.log import tree_store
from consent.storage.operations import nodes
from consent.storage.privacy.erasure_list import ErasureList
from consent.storage.selection.subjects import Subject
from consent.storage.tables.operations import ErasureListLine
from tests.log.sequencing import publish, write
from tests.storage.sample_receipts import NOW


@pytest.fixture
def said():
    return []


@pytest.fixture
def node(engine, keys, tmp_path, said):
    return Node(engine, keys, tmp_path, [said.append])


@pytest.fixture
def other_keys(tmp_path):
    return load_keys(tmp_path / "other" / "keys")


def tell_of_the_site(engine, shop, keys):
    with engine.begin() as transaction:
        Author(COMMAND_LINE, keys.receipt).record(transaction, shop, "site.created", "shop", None, None, NOW)


def test_a_node_with_the_keys_of_the_database_may_write(engine, shop, writer, keys, sequencer, node, said):
    node.check()
    tell_of_the_site(engine, shop, keys)
    publish(engine, shop)
    write(writer, shop, 1)
    sequencer.run()
    node.check()
    assert (said, node.error, node.warnings) == (["", ""], "", [])


def test_a_node_with_other_keys_accepts_no_choices_and_reports_why(
    engine, shop, writer, keys, sequencer, other_keys, tmp_path, said
):
    tell_of_the_site(engine, shop, keys)
    write(writer, shop, 1)
    sequencer.run()
    # A command run with other keys changes nothing for nodes with the right ones.
    tell_of_the_site(engine, shop, load_keys(tmp_path / "third" / "keys"))
    stranger = Node(engine, other_keys, tmp_path / "other", [said.append])
    stranger.check()
    assert f"The receipt key {other_keys.receipt.kid} differs from that of the other nodes" in stranger.error
    assert f"The log key {other_keys.log.kid} differs from that of the other nodes" in stranger.error
    assert said == [stranger.error]
    with engine.begin() as connection:
        assert examine_nodes(connection, other_keys)[0][:1] == [stranger.error.split(" The log")[0]]
        assert examine_nodes(connection, keys)[0] == []


@pytest.mark.parametrize("use", ["receipt", "log"])
def test_a_key_that_was_replaced_writes_on_until_its_process_ends_and_so_does_the_next(
    engine, shop, writer, keys, sequencer, tmp_path, use
):
    tell_of_the_site(engine, shop, keys)
    write(writer, shop, 1)
    sequencer.run()
    rotate(engine, tmp_path / "keys", keys, use, Author(COMMAND_LINE, keys.receipt), NOW)
    for present in (keys, load_keys(tmp_path / "keys")):
        found = Node(engine, present, tmp_path)
        found.check()
        assert found.error == ""
        tell_of_the_site(engine, shop, present)


def test_a_clock_that_is_off_keeps_a_node_from_writing_where_that_of_another_is_right(
    postgres_engine, keys, tmp_path, said
):
    late = Node(postgres_engine, keys, tmp_path, [said.append], clock=lambda: time.time() - 3600)
    late.check()
    assert (late.error, len(late.warnings)) == ("", 1)
    right = Node(postgres_engine, keys, tmp_path / "right")
    right.check()
    late.check()
    assert "s behind the database's; synchronize it with NTP." in late.error
    assert said[-1] == late.error
    right.check()
    assert right.error == ""


def test_a_node_with_another_secret_than_an_older_one_takes_no_choices(postgres_engine, keys, tmp_path):
    older, folder = Node(postgres_engine, keys, tmp_path), tmp_path / "newer"
    older.check()
    newer = Node(postgres_engine, load_keys(folder / "keys"), folder)
    # They start in the same second, in which case their names would decide which one is older.
    newer._started = older._started + 1
    newer.check()
    assert "keys/secret.key differs from that of" in newer.error
    older.check()
    assert older.error == ""


def test_reports_nodes_of_two_versions_and_continues(postgres_engine, keys, tmp_path, monkeypatch):
    Node(postgres_engine, keys, tmp_path).check()
    monkeypatch.setattr("consent.nodes.heartbeat.__version__", "99.0")
    newer = Node(postgres_engine, keys, tmp_path)
    newer.check()
    assert newer.error == ""
    assert newer.warnings[0].startswith("Nodes run different versions (")


def test_a_stopped_node_is_forgotten(postgres_engine, keys, tmp_path):
    node = Node(postgres_engine, keys, tmp_path)
    node.start()
    node.close()
    with postgres_engine.connect() as connection:
        assert nodes.live(connection, int(nodes.clock_of(connection))) == []


def test_reports_an_empty_database(empty_engine, keys, tmp_path, said):
    node = Node(empty_engine, keys, tmp_path, [said.append])
    node.check()
    assert node.error == "The database is empty; run `consent db upgrade`."


def lines(folder):
    return ErasureList(folder / FOLDER).lines("shop")


def test_every_node_keeps_the_erasures_of_all(engine, shop, writer, keys, node, tmp_path):
    ids = write(writer, shop, 3)
    node.check()
    elsewhere = tmp_path / "elsewhere"
    other = Node(engine, keys, elsewhere)
    Eraser(engine, keys.receipt, elsewhere).erase(shop, Subject("receipt", ids[0]), "full", reason="asked", by="a" * 32)
    for found in (other, node, other, node):
        found.check()
    Eraser(engine, keys.receipt, tmp_path).erase(shop, Subject("receipt", ids[1]), "full", reason="asked", by="a" * 32)
    for found in (other, node):
        found.check()
    assert sorted(lines(tmp_path)) == sorted(lines(elsewhere))
    assert len(lines(tmp_path)) == 2


def test_a_restored_database_hears_of_later_erasures_from_any_node(engine, shop, writer, keys, node, tmp_path):
    (one,) = write(writer, shop, 1)
    Eraser(engine, keys.receipt, tmp_path).erase(shop, Subject("receipt", one), "full", reason="asked", by="a" * 32)
    node.check()
    with engine.begin() as transaction:
        transaction.execute(ErasureListLine.__table__.delete())
    node.check()
    fresh = tmp_path / "fresh"
    Node(engine, keys, fresh).check()
    assert lines(fresh) == lines(tmp_path) != []


def test_reports_another_session_key_without_blocking_anything(postgres_engine, keys, tmp_path, said):
    older, newer = (Node(postgres_engine, keys, tmp_path, sessions=key * 32) for key in "ab")
    older.check()
    newer._started = older._started + 1
    newer.check()
    sentence = (
        f"CONSENT_SECRET_KEY differs from that of {socket.gethostname()}, which started earlier; use the same value."
    )
    assert (newer.error, newer.warnings, older.warnings) == ("", [sentence], [])
    with postgres_engine.connect() as connection:
        assert examine_nodes(connection, keys, "b" * 32)[:2] == ([], [sentence])
        assert examine_nodes(connection, keys, "a" * 32)[:2] == ([], [])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_file_that_is_not_the_one_of_the_start_gets_no_choices(engine, keys, tmp_path, said):
    path = Path(engine.url.database)
    node = Node(engine, keys, tmp_path, [said.append])
    node.check()
    path.rename(tmp_path / "aside")
    node.check()
    shutil.copy(tmp_path / "aside", path)
    node.check()
    assert said[0] == ""
    assert said[1:] == [node.error] * 2
    assert node.error.startswith("The database file was replaced or removed")
    path.unlink()
    (tmp_path / "aside").rename(path)
    node.check()
    assert said[3] == ""


def test_a_clock_behind_the_newest_checkpoint_signs_nothing(engine, shop, writer, keys, sequencer, tmp_path, said):
    tell_of_the_site(engine, shop, keys)
    write(writer, shop, 1)
    sequencer.run()
    with engine.connect() as connection:
        signed = tree_store.newest_time(connection)
        faults, *_ = examine_nodes(connection, keys)
    assert faults == []
    late = Node(engine, keys, tmp_path, [said.append, sequencer.refuse], clock=lambda: signed - 3600)
    late.check()
    assert late.error.startswith("The clock is behind the newest checkpoint of the log; synchronize it with NTP.")
    assert said == [late.error]
    tell_of_the_site(engine, shop, keys)
    assert sequencer.run() == 0
    right = Node(engine, keys, tmp_path, [said.append, sequencer.refuse], clock=lambda: signed - 30)
    right.check()
    assert right.error == ""
    assert sequencer.run() == 1
