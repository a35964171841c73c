"""New checkpoints are posted to the owner's address: over a real connection, rarely, eventually, never blocking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent import verify
from consent.config import SettingsError, load_settings
from consent.log.checkpoint_webhook import CheckpointHook
from consent.log.checkpoints import verifier_key
from consent.log.sequencer_thread import Sequencer
from tests.api.shop import open_shop
from tests.log.sequencing import BASE_URL, head_of, write
from tests.webhook_receiver import WebhookReceiver


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """Run a webhook receiver on a local port."""
    found = WebhookReceiver()
    yield found
    found.close()


pytestmark = pytest.mark.app


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hook(engine, receiver, clock) -> CheckpointHook:
    """Return a hook whose thread isn't started: tests make it post and set the time."""
    return CheckpointHook(engine, receiver.url, BASE_URL, clock=clock)


@pytest.fixture
def sequencer(engine, keys, tmp_path, hook) -> Sequencer:
    """Return a sequencer that announces its checkpoints to the hook."""
    return Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)


def test_a_service_posts_what_an_auditor_can_verify(receiver: WebhookReceiver, tmp_path: Path) -> None:
    shop = open_shop(tmp_path / "instance", checkpoint_webhook=receiver.url)
    receiver.wait_for(1)
    shop.service.close()
    said = receiver.got[0]
    assert set(said) == {"log", "site", "size", "root", "time", "checkpoint"}
    (tmp_path / "checkpoint").write_text(said["checkpoint"])
    key = shop.service.context.keys.log.public
    (tmp_path / "vkey").write_text(verifier_key(said["log"], key))
    code, sentence = verify.check(tmp_path / "checkpoint", [tmp_path / "vkey"])
    assert (code, f"{said['log']} has {said['size']} leaves" in sentence) == (0, True)


def test_a_new_checkpoint_is_posted_once(engine, shop, writer, sequencer, hook, receiver):
    write(writer, shop, 3)
    sequencer.run()
    hook.post_due()
    hook.post_due()
    (said,) = receiver.got
    head = head_of(engine, shop)
    assert (said["site"], said["size"], said["root"], said["checkpoint"]) == ("shop", 3, head.root.hex(), head.note)


def test_within_a_minute_only_the_newest_of_a_site_is_posted(shop, writer, sequencer, hook, receiver, clock):
    for _ in range(4):
        write(writer, shop, 1)
        sequencer.run()
        wait = hook.post_due()
        clock.now += 10
    assert ([said["size"] for said in receiver.got], wait) == ([1], 30)
    clock.now += 20
    assert hook.post_due() == 60
    assert [said["size"] for said in receiver.got] == [1, 4]


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_a_failed_post_is_retried_and_warned_about(shop, writer, sequencer, hook, receiver, clock, answer):
    receiver.answers = [answer] * 5
    write(writer, shop, 1)
    sequencer.run()
    waits = []
    for _ in range(5):
        waits.append(hook.post_due())
        clock.now += waits[-1]
    assert waits == [5, 15, 60, 300, 300]
    (warning,) = hook.warnings()
    assert f"shop have not reached 127.0.0.1 for 680 s (it returned {answer})" in warning
    assert "who=" not in warning
    hook.post_due()
    assert ([said["size"] for said in receiver.got], hook.warnings()) == ([1] * 6, [])


def test_a_newer_checkpoint_replaces_one_that_failed(shop, writer, sequencer, hook, receiver, clock):
    receiver.answers = [500]
    write(writer, shop, 1)
    sequencer.run()
    hook.post_due()
    write(writer, shop, 1)
    sequencer.run()
    assert hook.post_due() == 5
    clock.now += 5
    hook.post_due()
    assert [said["size"] for said in receiver.got] == [1, 2]


def test_an_unreachable_address_only_causes_a_warning(engine, shop, writer, keys, tmp_path, receiver, clock):
    receiver.close()
    hook = CheckpointHook(engine, receiver.url, BASE_URL, clock=clock, warn_s=1)
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)
    write(writer, shop, 1)
    assert sequencer.run() == 1
    hook.post_due()
    clock.now += 1
    assert "(Connection" in hook.warnings()[0]


def test_the_log_continues_while_the_webhook_does_not_respond(engine, shop, writer, keys, tmp_path, receiver):
    receiver.may_answer.clear()
    hook = CheckpointHook(engine, receiver.url, BASE_URL, every_s=0)
    sequencer = Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add)
    hook.start()
    write(writer, shop, 1)
    assert sequencer.run() == 1
    receiver.wait_for(1)
    write(writer, shop, 1)
    # The first post is still waiting for its response.
    assert sequencer.run() == 1
    receiver.may_answer.set()
    receiver.wait_for(2)
    hook.close()
    assert [said["size"] for said in receiver.got] == [1, 2]


def test_at_start_the_newest_ones_are_posted_again(engine, shop, writer, keys, tmp_path, receiver):
    write(writer, shop, 2)
    Sequencer(engine, keys, BASE_URL, tmp_path).run()
    hook = CheckpointHook(engine, receiver.url, BASE_URL)
    hook.start()
    receiver.wait_for(1)
    hook.close()
    assert [(said["site"], said["size"]) for said in receiver.got] == [("shop", 2)]


def test_without_an_address_nothing_is_kept_or_started(engine, shop, writer, keys, tmp_path, clock):
    hook = CheckpointHook(engine, "", BASE_URL, clock=clock)
    hook.start()
    write(writer, shop, 1)
    Sequencer(engine, keys, BASE_URL, tmp_path, announce=hook.add).run()
    assert (hook.post_due(), hook.warnings()) == (60, [])
    hook.close()


@pytest.mark.parametrize(
    "address",
    ["http://receiver.example.com/", "ftp://127.0.0.1/", "receiver", "https://", "https://a:b@c/", "https://a b/"],
)
def test_an_address_that_is_not_encrypted_or_none_at_all_stops_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="CONSENT_CHECKPOINT_WEBHOOK must be"):
        load_settings({"CONSENT_DEMO": "1", "CONSENT_CHECKPOINT_WEBHOOK": address})


@pytest.mark.parametrize(
    "address", ["https://receiver.example.com:8443/in?key=1", "http://127.0.0.1:9/", "https://[::1]/a"]
)
def test_an_address_that_can_be_used_is_kept_as_it_is(address: str) -> None:
    found = load_settings({"CONSENT_DEMO": "1", "CONSENT_CHECKPOINT_WEBHOOK": address})
    assert found.checkpoint_webhook == address
