"""Erased accounts stay erased when an older backup is restored."""

import json
import shutil
import sqlite3
import time

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.runtime.account_withdrawal import WithdrawalRequest, withdraw_grants
from consent.signing.receipt_claims import verify_jws
from consent.signing.subject_token import lookup_of, subject_of
from consent.storage.privacy import erasures
from consent.storage.receipts import receipts
from consent.storage.subjects import accounts as store
from consent.verify import check_second_schema
from tests.subjects import ACCOUNT, ID_KEY, Device, make_key

pytestmark = pytest.mark.app

SUB, OTHER = (subject_of(ID_KEY, "shop", account) for account in (ACCOUNT, "somebody else"))
MIXED = {"functional": True, "analytics": True, "advertising": False}
SCOPES = ("accounts:read", "accounts:refuse", "privacy:erase")
REASON = {"reason": "By letter of 20 November"}


@pytest.fixture
def device(shop):
    device = Device(shop, make_key(shop))
    device.choose(granted=False, action="save", choices=MIXED)
    return device


def post(shop, path, **body):
    headers = {"Authorization": shop.token(*SCOPES), "Content-Type": "application/json"}
    return shop.client.post(f"/api/v1/sites/shop/{path}", data=json.dumps(body), headers=headers)


def run(folder, *words):
    done = CliRunner().invoke(main, ["--instance", str(folder), *map(str, words)])
    return done.exit_code, done.output.strip()


def documents(folder):
    """Return the account documents by number, and the count of names for each number."""
    with sqlite3.connect(folder / "consent.sqlite") as database:
        found = {
            number: json.loads(text)
            for number, text in database.execute("SELECT number, document FROM subject_account")
        }
        names = dict(database.execute("SELECT number, count(*) FROM subject_name GROUP BY number"))
    database.close()
    return found, names


def erase(shop, device, how):
    if how == "deleted by the visitor":
        assert device.post("account/delete", {"subject": device.token()}).status_code == 204
    elif how == "closed":
        assert post(shop, "accounts/close", sub=SUB, level="unlink").status_code == 204
    else:
        for level in how.split(", "):
            assert post(shop, "erasures", sub=SUB, level=level, **REASON).status_code == 201


def restored(shop, folder):
    shop.service.close()
    shop.service.context.engine.dispose()
    return run(folder, "db", "restore", folder / "copy", "--replace", "--json")


@pytest.mark.parametrize("how", ["unlink", "full", "unlink, full", "closed", "deleted by the visitor"])
def test_restoring_an_older_backup_does_not_restore_erased_accounts(shop, device, tmp_path, how):
    assert run(tmp_path, "db", "backup", tmp_path / "copy")[0] == 0
    ((before, known),) = documents(tmp_path)[0].items()
    erase(shop, device, how)
    code, said = restored(shop, tmp_path)
    assert (code, json.loads(said)["accounts_erased_again"]) == (0, 2 if "," in how else 1), said
    found, names = documents(tmp_path)
    if how in ("unlink", "deleted by the visitor"):
        ((number, document),) = found.items()
        assert (number != before, names) == (True, {number: 1})
        assert [(entry["t"], entry["s"], entry["id"]) for entry in document["entries"]] == [("advertising", 0, "")]
    else:
        assert (found, names) == ({}, {})
    assert len(known["entries"]) == 3
    line = (tmp_path / "erasures" / "shop").read_text().lower()
    lookup = lookup_of(bytes.fromhex((tmp_path / "keys" / "subject.key").read_text()), "shop", SUB)
    assert not [trace for trace in (SUB.lower(), before, lookup.hex()) if trace in line]
    code, said = run(tmp_path, "receipts", "replay-erasures", "--json")
    assert (code, json.loads(said)) == (0, {"receipts": 0, "accounts": 0})
    assert documents(tmp_path)[0] == found


def test_accounts_merged_after_the_backup_are_erased_together(shop, device, tmp_path):
    Device(shop, device.key, account="somebody else").choose(granted=True)
    assert run(tmp_path, "db", "backup", tmp_path / "copy")[0] == 0
    assert post(shop, "accounts/merge", sub=OTHER, into=SUB).status_code == 204
    erase(shop, device, "unlink")
    assert json.loads(restored(shop, tmp_path)[1])["accounts_erased_again"] == 2
    found, names = documents(tmp_path)
    ((number, document),) = found.items()
    assert (names, {entry["s"] for entry in document["entries"]}) == ({number: 2}, {0})


@pytest.mark.parametrize("how", ["unlink", "full", "deleted by the visitor"])
def test_choices_made_after_an_erasure_survive_a_replay_of_the_erasure_list(shop, device, how):
    erase(shop, device, how)
    device.choose(granted=True)
    privacy = shop.service.context.privacy
    assert privacy.accounts.replay(by="a" * 32) == 0
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["groups"]["analytics"] is True


def test_a_list_under_a_newer_subject_key_is_replayed_with_it_and_asked_for_without(shop, device, tmp_path):
    assert run(tmp_path, "db", "backup", tmp_path / "copy")[0] == 0
    shutil.copytree(tmp_path / "keys", tmp_path / "older")
    keyring = shop.service.context.privacy.subjects.keyring
    with shop.service.context.engine.begin() as connection:
        keyring.rotate(connection)
    erase(shop, device, "full")
    shutil.move(tmp_path / "keys", tmp_path / "newer")
    shutil.copytree(tmp_path / "older", tmp_path / "keys")
    code, said = restored(shop, tmp_path)
    assert (code, "old-subject from the newest backup of the keys" in said) == (1, True), said
    assert len(documents(tmp_path)[0]) == 1
    shutil.rmtree(tmp_path / "keys")
    shutil.copytree(tmp_path / "newer", tmp_path / "keys")
    code, said = run(tmp_path, "receipts", "replay-erasures")
    assert (code, said) == (0, "Erased 0 receipts and 1 account again.")
    assert documents(tmp_path)[0] == {}


def test_an_account_without_receipts_is_erased_with_its_reason(shop, device):
    """A signal alone creates an account that no receipt refers to."""
    gpc = Device(shop, device.key, place="US-CA", gpc=True, account="somebody else")
    gpc.sign_in()
    answer = post(shop, "erasures", sub=OTHER, level="full", **REASON)
    assert (answer.status_code, answer.json["receipts"]) == (201, 0)
    with shop.service.context.engine.connect() as connection:
        assert len(list(store.all_numbers(connection, "shop"))) == 1
        assert erasures.every(connection, shop.site_id)[0][0].reason == REASON["reason"]


def test_a_withdrawal_applies_on_each_device_until_the_visitor_grants_again(shop, device):
    laptop, subjects = Device(shop, device.key), shop.service.context.privacy.subjects
    laptop.sign_in()
    assert sorted(laptop.runs) == ["chat", "ga"]
    signed_in = subjects.named(SUB, shop.site_id, "shop")
    context = shop.service.context
    asked, config = WithdrawalRequest("api", context.configs.rules.version, "en"), context.configs.live.get("shop")
    withdrawing = (subjects, context.receipts.signer, config, signed_in, asked, int(time.time()))
    receipt = withdraw_grants(*withdrawing)
    with context.engine.connect() as connection:
        claims = verify_jws(receipts.get(connection, receipt).jws, context.keys.jwks)
        assert json.loads(receipts.personal(connection, receipt).body)["account"] == subjects.find(signed_in).number
    check_second_schema({**claims, "what": "it"}, "it")
    assert (claims["action"], claims["method"], claims["scope"], claims["layer"]) == ("withdraw", "api", "account", 0)
    assert claims["effective"] == {"functional": False, "analytics": False, "advertising": None}
    assert withdraw_grants(*withdrawing) is None
    for one in (laptop, device):
        one.sign_in()
        assert one.runs == []
    late = laptop.choose(granted=True, seen=1)
    assert "analytics" in late.json["unseen"]
    laptop.choose(granted=True)
    device.sign_in()
    assert "ga" in device.runs
