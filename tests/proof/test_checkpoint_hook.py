"""New checkpoints reach an address of the owner's: over a real connection, seldom, in the end, and in nobody's way."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from consent import verify
from consent.config import SettingsError, load_settings
from consent.proof.checkpoint import verifier_key
from consent.proof.checkpoint_hook import CheckpointHook
from consent.proof.sequencer import Sequencer
from tests.api.conftest import open_shop
from tests.proof.cast import BASE_URL, head_of, write

pytestmark = pytest.mark.app

LIMIT_S = 60


class Keeper:
    """A server that keeps what it is sent. It answers each of `answers` once, then 204."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.arrived = threading.Condition()
        self.may_answer = threading.Event()
        self.may_answer.set()
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/json"
                with keeper.arrived:
                    keeper.got.append(json.loads(body))
                    code = keeper.answers.pop(0) if keeper.answers else 204
                    keeper.arrived.notify_all()
                keeper.may_answer.wait(LIMIT_S)
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/keep?who=shop"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def wait_for(self, count: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, LIMIT_S)

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """Serve on a port of this machine."""
    found = Keeper()
    yield found
    found.close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hook(engine, keeper, clock) -> CheckpointHook:
    """Make a hook whose thread is not started: tests say when it posts, and what time it is."""
    return CheckpointHook(engine, keeper.url, BASE_URL, clock=clock)


@pytest.fixture
def sequencer(engine, keys, tmp_path, hook) -> Sequencer:
    """Make a sequencer that announces its checkpoints to the hook."""
    return Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)


def test_a_service_posts_what_an_auditor_can_verify(keeper: Keeper, tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "instance", checkpoint_webhook=keeper.url)
    keeper.wait_for(1)
    shop.service.close()
    said = keeper.got[0]
    assert set(said) == {"log", "site", "size", "root", "time", "checkpoint"}
    (tmp_path / "checkpoint").write_text(said["checkpoint"])
    key = shop.service.public.keys.log.public
    (tmp_path / "vkey").write_text(verifier_key(said["log"], key))
    code, sentence = verify.check(tmp_path / "checkpoint", [tmp_path / "vkey"])
    assert (code, f"{said['log']} has {said['size']} leaves" in sentence) == (0, True)


def test_a_new_checkpoint_is_posted_once(engine, shop, writer, sequencer, hook, keeper):
    write(writer, shop, 3)
    sequencer.run()
    hook.post_due()
    hook.post_due()
    (said,) = keeper.got
    head = head_of(engine, shop)
    assert (said["site"], said["size"], said["root"], said["checkpoint"]) == ("shop", 3, head.root.hex(), head.note)


def test_within_a_minute_only_the_newest_of_a_site_is_posted(shop, writer, sequencer, hook, keeper, clock):
    for _ in range(4):
        write(writer, shop, 1)
        sequencer.run()
        wait = hook.post_due()
        clock.now += 10
    assert ([said["size"] for said in keeper.got], wait) == ([1], 30)
    clock.now += 20
    assert hook.post_due() == 60
    assert [said["size"] for said in keeper.got] == [1, 4]


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_what_did_not_arrive_is_tried_again_and_warned_of(shop, writer, sequencer, hook, keeper, clock, answer):
    keeper.answers = [answer] * 5
    write(writer, shop, 1)
    sequencer.run()
    waits = []
    for _ in range(5):
        waits.append(hook.post_due())
        clock.now += waits[-1]
    assert waits == [5, 15, 60, 300, 300]
    (warning,) = hook.warnings()
    assert f"shop have not reached 127.0.0.1 for 680 s (it answers {answer})" in warning
    assert "who=" not in warning
    hook.post_due()
    assert ([said["size"] for said in keeper.got], hook.warnings()) == ([1] * 6, [])


def test_a_newer_one_takes_the_place_of_what_failed(shop, writer, sequencer, hook, keeper, clock):
    keeper.answers = [500]
    write(writer, shop, 1)
    sequencer.run()
    hook.post_due()
    write(writer, shop, 1)
    sequencer.run()
    assert hook.post_due() == 5
    clock.now += 5
    hook.post_due()
    assert [said["size"] for said in keeper.got] == [1, 2]


def test_an_address_where_nobody_is_costs_nothing_but_a_warning(engine, shop, writer, keys, tmp_path, keeper, clock):
    keeper.close()
    hook = CheckpointHook(engine, keeper.url, BASE_URL, clock=clock, warn_s=1)
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)
    write(writer, shop, 1)
    assert sequencer.run() == 1
    hook.post_due()
    clock.now += 1
    assert "(Connection" in hook.warnings()[0]


def test_the_log_goes_on_while_a_keeper_does_not_answer(engine, shop, writer, keys, tmp_path, keeper):
    keeper.may_answer.clear()
    hook = CheckpointHook(engine, keeper.url, BASE_URL, every_s=0)
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)
    hook.start()
    write(writer, shop, 1)
    assert sequencer.run() == 1
    keeper.wait_for(1)
    write(writer, shop, 1)
    # The first post still waits for its answer.
    assert sequencer.run() == 1
    keeper.may_answer.set()
    keeper.wait_for(2)
    hook.close()
    assert [said["size"] for said in keeper.got] == [1, 2]


def test_at_start_the_newest_ones_are_posted_again(engine, shop, writer, keys, tmp_path, keeper):
    write(writer, shop, 2)
    Sequencer(engine, keys, BASE_URL, tmp_path).run()
    hook = CheckpointHook(engine, keeper.url, BASE_URL)
    hook.start()
    keeper.wait_for(1)
    hook.close()
    assert [(said["site"], said["size"]) for said in keeper.got] == [("shop", 2)]


def test_without_an_address_nothing_is_kept_or_started(engine, shop, writer, keys, tmp_path, clock):
    hook = CheckpointHook(engine, "", BASE_URL, clock=clock)
    hook.start()
    write(writer, shop, 1)
    Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add).run()
    assert (hook.post_due(), hook.warnings()) == (60, [])
    hook.close()


@pytest.mark.parametrize(
    "address",
    ["http://keeper.example.com/", "ftp://127.0.0.1/", "keeper", "https://", "https://a:b@c/", "https://a b/"],
)
def test_an_address_that_is_not_encrypted_or_none_at_all_stops_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="CONSENT_CHECKPOINT_WEBHOOK must be"):
        load_settings({"CONSENT_DEMO": "1", "CONSENT_CHECKPOINT_WEBHOOK": address})


@pytest.mark.parametrize(
    "address", ["https://keeper.example.com:8443/in?key=1", "http://127.0.0.1:9/", "https://[::1]/a"]
)
def test_an_address_that_can_be_used_is_kept_as_it_is(address: str) -> None:
    found = load_settings({"CONSENT_DEMO": "1", "CONSENT_CHECKPOINT_WEBHOOK": address})
    assert found.checkpoint_webhook == address
