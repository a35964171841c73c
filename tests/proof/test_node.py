"""What a process finds out as one of several: its keys, its clock, its version, and the erasures of the others."""

import shutil
import socket
import time
from pathlib import Path

import pytest

from consent.proof.audit import COMMAND_LINE, Author
from consent.proof.erasing import FOLDER, Eraser
from consent.proof.keys import load_keys
from consent.proof.node import Node, examine_nodes
from consent.proof.rotation import rotate
from consent.storage import nodes
from consent.storage.erasure_list import ErasureList
from consent.storage.models import ErasureLine
from consent.storage.subjects import Subject
from tests.proof.cast import publish, write
from tests.storage.cast import NOW


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
        Author(COMMAND_LINE, keys.receipt).tell(transaction, shop, "site.added", "shop", None, None, NOW)


def test_a_node_with_the_keys_of_the_database_may_write(engine, shop, writer, keys, sequencer, node, said):
    node.look()
    tell_of_the_site(engine, shop, keys)
    publish(engine, shop)
    write(writer, shop, 1)
    sequencer.run()
    node.look()
    assert (said, node.fault, node.doubts) == (["", ""], "", [])


def test_a_node_with_other_keys_takes_no_choices_and_says_why(
    engine, shop, writer, keys, sequencer, other_keys, tmp_path, said
):
    tell_of_the_site(engine, shop, keys)
    write(writer, shop, 1)
    sequencer.run()
    # A command that was run with other keys changes nothing for those who have the right ones.
    tell_of_the_site(engine, shop, load_keys(tmp_path / "third" / "keys"))
    stranger = Node(engine, other_keys, tmp_path / "other", [said.append])
    stranger.look()
    assert f"The receipt key {other_keys.receipt.kid} is not that of the other nodes" in stranger.fault
    assert f"The log key {other_keys.log.kid} is not that of the other nodes" in stranger.fault
    assert said == [stranger.fault]
    with engine.begin() as connection:
        assert examine_nodes(connection, other_keys)[0][:1] == [stranger.fault.split(" The log")[0]]
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
        found.look()
        assert found.fault == ""
        tell_of_the_site(engine, shop, present)


def test_a_clock_that_is_off_keeps_a_node_from_writing_where_that_of_another_is_right(
    postgres_engine, keys, tmp_path, said
):
    late = Node(postgres_engine, keys, tmp_path, [said.append], clock=lambda: time.time() - 3600)
    late.look()
    assert (late.fault, len(late.doubts)) == ("", 1)
    right = Node(postgres_engine, keys, tmp_path / "right")
    right.look()
    late.look()
    assert "s behind the database's: set it by NTP." in late.fault
    assert said[-1] == late.fault
    right.look()
    assert right.fault == ""


def test_a_node_with_another_secret_than_an_older_one_takes_no_choices(postgres_engine, keys, tmp_path):
    older, folder = Node(postgres_engine, keys, tmp_path), tmp_path / "newer"
    older.look()
    newer = Node(postgres_engine, load_keys(folder / "keys"), folder)
    # Started in the same second: who is older would be a matter of names.
    newer._started = older._started + 1
    newer.look()
    assert "keys/secret.key is not that of" in newer.fault
    older.look()
    assert older.fault == ""


def test_nodes_of_two_versions_are_told_of_and_go_on(postgres_engine, keys, tmp_path, monkeypatch):
    Node(postgres_engine, keys, tmp_path).look()
    monkeypatch.setattr("consent.proof.node.__version__", "99.0")
    newer = Node(postgres_engine, keys, tmp_path)
    newer.look()
    assert newer.fault == ""
    assert newer.doubts[0].startswith("Nodes of several versions run (")


def test_a_node_that_ends_is_forgotten(postgres_engine, keys, tmp_path):
    node = Node(postgres_engine, keys, tmp_path)
    node.start()
    node.close()
    with postgres_engine.connect() as connection:
        assert nodes.live(connection, int(nodes.clock_of(connection))) == []


def test_a_database_of_before_is_told_of(empty_engine, keys, tmp_path, said):
    node = Node(empty_engine, keys, tmp_path, [said.append])
    node.look()
    assert node.fault == "The database is empty: run `consent db upgrade`."


def lines(folder):
    return ErasureList(folder / FOLDER).lines("shop")


def test_every_node_keeps_the_erasures_of_all(engine, shop, writer, keys, node, tmp_path):
    ids = write(writer, shop, 3)
    node.look()
    elsewhere = tmp_path / "elsewhere"
    other = Node(engine, keys, elsewhere)
    Eraser(engine, keys.receipt, elsewhere).erase(shop, Subject("receipt", ids[0]), "full", reason="asked", by="a" * 32)
    for found in (other, node, other, node):
        found.look()
    Eraser(engine, keys.receipt, tmp_path).erase(shop, Subject("receipt", ids[1]), "full", reason="asked", by="a" * 32)
    for found in (other, node):
        found.look()
    assert sorted(lines(tmp_path)) == sorted(lines(elsewhere))
    assert len(lines(tmp_path)) == 2


def test_a_restored_database_hears_of_later_erasures_from_any_node(engine, shop, writer, keys, node, tmp_path):
    (one,) = write(writer, shop, 1)
    Eraser(engine, keys.receipt, tmp_path).erase(shop, Subject("receipt", one), "full", reason="asked", by="a" * 32)
    node.look()
    with engine.begin() as transaction:
        transaction.execute(ErasureLine.__table__.delete())
    node.look()
    fresh = tmp_path / "fresh"
    Node(engine, keys, fresh).look()
    assert lines(fresh) == lines(tmp_path) != []


def test_another_key_of_sessions_is_told_and_keeps_nothing_back(postgres_engine, keys, tmp_path, said):
    older, newer = (Node(postgres_engine, keys, tmp_path, sessions=key * 32) for key in "ab")
    older.look()
    newer._started = older._started + 1
    newer.look()
    sentence = f"CONSENT_SECRET_KEY is not that of {socket.gethostname()}, which was here before: set it to that one."
    assert (newer.fault, newer.doubts, older.doubts) == ("", [sentence], [])
    with postgres_engine.connect() as connection:
        assert examine_nodes(connection, keys, "b" * 32)[:2] == ([], [sentence])
        assert examine_nodes(connection, keys, "a" * 32)[:2] == ([], [])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_file_that_is_not_the_one_of_the_start_gets_no_choices(engine, keys, tmp_path, said):
    path = Path(engine.url.database)
    node = Node(engine, keys, tmp_path, [said.append])
    node.look()
    path.rename(tmp_path / "aside")
    node.look()
    shutil.copy(tmp_path / "aside", path)
    node.look()
    assert said[0] == ""
    assert said[1:] == [node.fault] * 2
    assert node.fault.startswith("The database file was replaced or removed")
    path.unlink()
    (tmp_path / "aside").rename(path)
    node.look()
    assert said[3] == ""
