"""A witness cosigns what extends the last checkpoint, and nothing else (C2SP tlog-witness)."""

import base64
import hashlib
import json
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest
from werkzeug.test import Client

from consent.core.merkle import EMPTY_ROOT, consistency_proof, leaf_hash, node_hash, root_hash
from consent.log.checkpoints import consistency_text, sign_checkpoint, verifier_key
from consent.signing.keys import SigningKey, load_keys
from consent.verify import Policy, cosigners, read_keys, read_witness
from consent.witness.protocol import TrustedLogs
from consent.witness.server import THREADS, WitnessApp
from consent.witness.state import WitnessState, WitnessStateError
from tests.polling import wait_for

pytestmark = pytest.mark.attack

ORIGIN = "consent.example.com/log/shop"
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]
FORK = [*LEAVES[:5], leaf_hash(b"another"), *LEAVES[6:]]


def reader(leaves):
    def read(level, index):
        return node_hash(*(read(level - 1, 2 * index + side) for side in (0, 1))) if level else leaves[index]

    return read


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return load_keys(tmp_path / "keys").log


@pytest.fixture
def vkey(tmp_path: Path, key: SigningKey) -> Path:
    (tmp_path / "vkey").write_text(verifier_key(ORIGIN, key.public) + "\n")
    return tmp_path / "vkey"


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    return WitnessState.create(tmp_path / "witness.json", "witness.example/w1")


@pytest.fixture
def client(state: WitnessState, vkey: Path) -> Client:
    return Client(WitnessApp(state, TrustedLogs(read_keys([vkey]).logs), lambda: 1_800_000_000))


def note_of(key, size, leaves=LEAVES, origin=ORIGIN):
    root = root_hash(reader(leaves), size) if size else EMPTY_ROOT
    return sign_checkpoint(origin, size, root, key)


def body_of(key, old, size, leaves=LEAVES, origin=ORIGIN):
    return consistency_text(old, consistency_proof(reader(leaves), old, size), note_of(key, size, leaves, origin))


def add(client, body):
    answer = client.post("/add-checkpoint", data=body)
    return answer.status_code, answer.text


def test_it_cosigns_what_extends_the_last_checkpoint(client, key, state):
    for old, size in ((0, 3), (3, 3), (3, 9), (9, 40)):
        status, line = add(client, body_of(key, old, size))
        assert status == 200
        policy = Policy([], {"w": read_witness(state.verifier_key, "")}, {}, "w")
        note = note_of(key, size)
        assert cosigners(note + line, policy) == {"w"}
        assert client.get(f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint").text == note + line
    assert int.from_bytes(base64.b64decode(line.split()[-1])[4:12], "big") == 1_800_000_000
    assert client.get(f"/{'0' * 64}/checkpoint").status_code == 404
    assert client.get("/").text.strip() == state.verifier_key


def test_a_fork_and_a_rollback_are_refused_for_good(client, key, tmp_path):
    assert add(client, body_of(key, 0, 9))[0] == 200
    assert add(client, body_of(key, 0, 5)) == (409, "9\n")
    assert add(client, body_of(key, 5, 12)) == (409, "9\n")
    assert add(client, body_of(key, 9, 12, FORK))[0] == 422
    assert add(client, body_of(key, 9, 9, FORK))[0] == 422
    assert add(client, consistency_text(9, [], note_of(key, 12)))[0] == 422
    assert add(client, consistency_text(9, [], note_of(key, 5)))[0] == 400
    kept = WitnessState.read(tmp_path / "witness.json").logs[ORIGIN]
    assert (kept.size, kept.root) == (9, root_hash(reader(LEAVES), 9).hex())


def test_a_proof_of_nothing_and_a_false_empty_tree_are_refused(client, key):
    assert add(client, consistency_text(0, [LEAVES[0]], note_of(key, 5)))[0] == 422
    assert add(client, consistency_text(0, [], sign_checkpoint(ORIGIN, 0, LEAVES[0], key)))[0] == 422
    assert add(client, body_of(key, 0, 0))[0] == 200


def test_unknown_logs_and_keys_get_no_signature(client, key, tmp_path):
    assert add(client, body_of(key, 0, 3, origin="elsewhere.example/log/shop"))[0] == 404
    assert add(client, body_of(key, 0, 3, origin="consent.example.com/log/other"))[0] == 404
    assert add(client, body_of(load_keys(tmp_path / "other").log, 0, 3))[0] == 403
    head, text, signature = body_of(key, 0, 3).rpartition(" ")
    forged = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    assert add(client, f"{head}{text}{forged}")[0] == 403
    valid = f"\N{EM DASH} {ORIGIN} {signature}"
    assert add(client, f"{head}{text}{forged}{valid}")[0] == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"old 0",
        b"old -1\n\n",
        b"old 01\n\na\n1\nAA==\n\n",
        b"old 0\nAAAA\n\nx\n1\nAA==\n\n",
        b"old 0\n" + b"A\n" * 70 + b"\nx",
    ],
)
def test_rejects_an_invalid_request(client, body):
    assert add(client, body)[0] == 400


def test_other_methods_paths_and_long_bodies_are_refused(client):
    assert client.get("/add-checkpoint").status_code == 405
    assert client.delete("/").status_code == 405
    assert client.get("/elsewhere").status_code == 404
    assert client.post("/add-checkpoint", data=b"x" * 20_000).status_code == 413


def test_all_logs_of_a_service_are_taken_where_that_was_asked_for(state, vkey, key):
    trusted = TrustedLogs(read_keys([vkey]).logs, are_all_trusted=True)
    client = Client(WitnessApp(state, trusted))
    assert add(client, body_of(key, 0, 3, origin="consent.example.com/log/other"))[0] == 200
    assert add(client, body_of(key, 0, 3, origin="elsewhere.example/log/shop"))[0] == 404
    assert add(client, body_of(key, 0, 3, origin="consent.example.com"))[0] == 404


def test_of_twenty_at_once_none_takes_the_log_back(client, key, state):
    bodies = [body_of(key, 0, size) for size in range(1, 21)]
    answers = []
    threads = [threading.Thread(target=lambda body=body: answers.append(add(client, body)[0])) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 19


def test_the_state_is_of_its_owner_alone_and_is_kept_or_nothing_is_signed(client, key, state, tmp_path):
    file = tmp_path / "witness.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert add(client, body_of(key, 0, 3))[0] == 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "witness.json.new").mkdir()  # so that writing there fails
    assert add(client, body_of(key, 3, 9))[0] == 500
    (tmp_path / "witness.json.new").rmdir()
    assert WitnessState.read(file).logs[ORIGIN].size == state.logs[ORIGIN].size == 3
    file.chmod(0o640)
    with pytest.raises(WitnessStateError, match="chmod 600"):
        WitnessState.read(file)


def test_a_damaged_state_and_a_second_witness_of_one_are_refused(tmp_path, state):
    file = tmp_path / "witness.json"
    first = WitnessState.read(file, is_locked=True)
    with pytest.raises(WitnessStateError, match="another witness process"):
        WitnessState.read(file, is_locked=True)
    first.close()
    WitnessState.read(file, is_locked=True).close()
    whole = file.read_text()
    for harmed in (whole[:-9], "[]", "{}", json.dumps(json.loads(whole) | {"logs": {"a": {"size": 1}}})):
        file.write_text(harmed)
        with pytest.raises(WitnessStateError, match="damaged"):
            WitnessState.read(file)
    with pytest.raises(FileExistsError):
        WitnessState.create(file, "again")


@pytest.fixture
def process(tmp_path: Path, vkey: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `consent witness` in its own process, on a port that was free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["consent", "witness", str(tmp_path / "w.json"), "--key", str(vkey), "--name", "w2", "--port", str(port)]
    python = Path(sys.executable).parent
    started = subprocess.Popen([str(python / command[0]), *command[1:]], stdout=subprocess.PIPE, text=True)
    assert started.stdout
    yield started, started.stdout.readline()
    started.terminate()
    started.wait(20)
    started.stdout.close()


@pytest.mark.server
def test_the_command_prints_its_line_of_a_policy_and_serves(process, key, tmp_path):
    _, line = process
    word, name, vkey, url = line.split()
    assert (word, name, read_witness(vkey, url).name) == ("witness", "w2", "w2")
    host = url.removeprefix("http://")
    for _ in range(200):
        try:
            connection = HTTPConnection(host, timeout=10)
            connection.request("POST", "/add-checkpoint", body_of(key, 0, 3).encode())
            answer = connection.getresponse()
            break
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
    assert (answer.status, answer.read()[:3]) == (200, "\N{EM DASH}".encode())
    connection.close()
    assert WitnessState.read(tmp_path / "w.json").logs[ORIGIN].size == 3


@pytest.mark.server
def test_bodies_that_never_end_hold_no_thread_for_long(process, key):
    host = process[1].split()[3].removeprefix("http://").rstrip("/")
    name, _, port = host.rpartition(":")
    wait_for(lambda: accepts(name, int(port)))
    with ExitStack() as stack:
        for _ in range(4 * THREADS):
            sender = stack.enter_context(socket.create_connection((name, int(port)), 30))
            sender.sendall(f"POST /add-checkpoint HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900\r\n\r\nold".encode())
        connection = stack.enter_context(closing(HTTPConnection(host, timeout=60)))
        connection.request("POST", "/add-checkpoint", body_of(key, 0, 3).encode())
        assert connection.getresponse().status == 200


def accepts(name: str, port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection((name, port), 5):
        return True
    return False
