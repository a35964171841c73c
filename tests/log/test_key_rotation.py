"""A new key replaces the current one: logged and signed by the old key, which stays known forever."""

import base64
import json

import pytest

from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.checkpoints import verifier_keys
from consent.log.entry import INSTANCE
from consent.log.key_rotation import rotate
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import USES, load_keys, next_key
from consent.signing.receipt_claims import sign, verify_jws
from consent.storage.log import entries
from consent.storage.log.entry_index import payload_of
from tests.log.sequencing import BASE_URL, check_whole
from tests.storage.sample_receipts import NOW


def turn(engine, folder, use):
    keys = load_keys(folder / "keys")
    return rotate(engine, folder / "keys", keys, use, Author(COMMAND_LINE, keys.receipt), NOW)


def changes(engine, owner):
    with engine.connect() as transaction:
        return [entry.jws for entry in entries.of_kind(transaction, owner.id, "key")]


@pytest.mark.parametrize("use", USES)
def test_the_old_key_names_the_next_in_each_log(engine, shop, keys, tmp_path, use):
    new = turn(engine, tmp_path, use)
    for owner in (INSTANCE, shop):
        (jws,) = changes(engine, owner)
        claims = payload_of(jws)
        assert (claims["use"], claims["site"]) == (use, owner.key)
        assert (claims["old"], claims["new"]) == (keys.signing_key(use).jwk, new.jwk)
        header = json.loads(base64.urlsafe_b64decode(jws.split(".")[0] + "=="))
        assert header == {"alg": "Ed25519", "kid": keys.signing_key(use).kid, "typ": "consent-key+jws"}
    fresh = load_keys(tmp_path / "keys")
    assert fresh.signing_key(use).kid == new.kid
    other = USES[use == "receipt"]
    assert fresh.signing_key(other).kid == keys.signing_key(other).kid
    Sequencer(engine, fresh, BASE_URL, tmp_path).run()
    assert (check_whole(engine, INSTANCE), check_whole(engine, shop)) == (2, 1)


def test_old_receipts_verify_for_ever(engine, shop, keys, tmp_path):
    receipt = sign({"id": "1"}, keys.receipt)
    for _ in range(3):
        turn(engine, tmp_path, "receipt")
    assert verify_jws(receipt, load_keys(tmp_path / "keys").jwks) == {"id": "1"}


def test_all_verifier_keys_of_a_log_are_told_the_present_one_first(engine, shop, keys, tmp_path):
    made = [keys.log.kid, turn(engine, tmp_path, "log").kid, turn(engine, tmp_path, "log").kid]
    lines = verifier_keys("h/log/shop", load_keys(tmp_path / "keys"))
    assert len(set(lines)) == len(made) == 3
    assert lines[0] == verifier_keys("h/log/shop", load_keys(tmp_path / "keys"))[0]


def test_a_rotation_that_broke_off_is_ended_by_the_next_with_the_same_key(engine, shop, keys, tmp_path, monkeypatch):
    meant = next_key(tmp_path / "keys", "receipt")
    with monkeypatch.context() as patch:
        patch.setattr("consent.log.key_rotation.replace_key", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            turn(engine, tmp_path, "receipt")
    assert load_keys(tmp_path / "keys").receipt.kid == keys.receipt.kid
    assert turn(engine, tmp_path, "receipt").kid == meant.kid
    assert len(changes(engine, shop)) == 1


def test_warns_of_a_process_that_signs_with_a_replaced_key(engine, shop, keys, tmp_path):
    running = Sequencer(engine, keys, BASE_URL, tmp_path)
    assert running.warnings() == []
    turn(engine, tmp_path, "log")
    assert "log key was replaced" in running.warnings()[0]
    assert Sequencer(engine, load_keys(tmp_path / "keys"), BASE_URL, tmp_path).warnings() == []
