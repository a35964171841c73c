"""Accounts for a site's server: find, refuse, merge, access, erase, close; and what a database dump reveals."""

import io
import json
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent import verify
from consent.cli import main
from consent.core.receipt import ReceiptClaims
from consent.exports.verify_export import check_with_manifest
from consent.signing.subject_token import lookup_of, subject_of
from consent.storage.receipts import receipts as store
from consent.storage.selection.filters import Filters
from consent.storage.subjects import accounts as account_store
from consent.storage.subjects import keys as key_store
from consent.verify import check
from tests.api.shop import claims_of, open_shop
from tests.handovers import BRAND, SHOP, Browser, add_brand, publish_site, share
from tests.log.sequencing import sequence_all
from tests.subjects import ACCOUNT, ID_KEY, Device, make_key

pytestmark = pytest.mark.app

SUB = subject_of(ID_KEY, "shop", ACCOUNT)
OTHER = subject_of(ID_KEY, "shop", "somebody else")
SCOPES = ("accounts:read", "accounts:refuse", "privacy:erase", "receipts:read", "receipts:export")
REASON = {"reason": "By letter of 20 November"}


@pytest.fixture
def keyed(shop):
    return shop, make_key(shop)


def post(shop, path, **body):
    headers = {"Authorization": shop.token(*SCOPES), "Content-Type": "application/json"}
    return shop.client.post(f"/api/v1/sites/shop/{path}", data=json.dumps(body), headers=headers)


def test_a_tool_of_the_site_asks_what_an_account_allows(keyed):
    shop, key = keyed
    device = Device(shop, key)
    unknown = post(shop, "accounts/find", sub=SUB, country="FR").json
    assert (unknown["known"], unknown["groups"]["analytics"], unknown["version"]) == (False, False, 0)
    choices = {"functional": True, "analytics": True, "advertising": False}
    device.choose(granted=False, action="save", choices=choices)
    found = post(shop, "accounts/find", sub=SUB, country="FR").json
    assert found["groups"] == choices
    assert (found["vendors"]["ga"], found["vendors"]["ads"], found["signal"]) == (True, False, None)
    assert post(shop, "accounts/find", sub="short").json["error"]["fields"] == {
        "sub": ["Must be a `sub`: 32 bytes in base64url, which is 43 characters."]
    }


def test_a_refusal_by_letter_applies_on_each_device_and_a_grant_is_rejected(keyed):
    shop, key = keyed
    device = Device(shop, key)
    device.choose(granted=True)
    body = {"key": "d" * 32, "sub": SUB, "choices": {"advertising": False}, "vendors": {"chat": False}, "country": "FR"}
    answer = post(shop, "accounts/refuse", **body)
    assert answer.status_code == 201
    claims = claims_of(shop, answer)
    assert (claims["schema"], claims["scope"], claims["method"]) == ("consent-receipt/2", "account", "api")
    assert (claims["requested"]["advertising"], claims["vendors"]) == (False, {"chat": False})
    again = post(shop, "accounts/refuse", **body)
    assert (again.status_code, again.json["id"]) == (200, answer.json["id"])
    device.sign_in()
    assert device.runs == ["ga"]
    grant = post(shop, "accounts/refuse", **body | {"choices": {"advertising": True}})
    assert grant.json["error"]["code"] == "invalid_field"
    assert post(shop, "accounts/refuse", **body | {"key": "e" * 32, "vendors": {"nobody": False}}).status_code == 400


def test_merged_accounts_become_one_and_keep_every_refusal(keyed):
    shop, key = keyed
    one, other = Device(shop, key), Device(shop, key, account="somebody else")
    one.choose(granted=True)
    other.choose(granted=False)
    assert post(shop, "accounts/merge", sub=OTHER, into=SUB).status_code == 204
    assert not any(post(shop, "accounts/find", sub=SUB, country="FR").json["groups"].values())
    copy = post(shop, "access", sub=OTHER, **REASON).json
    assert len(copy["receipts"]) == 2
    assert post(shop, "accounts/merge", sub=SUB, into=SUB).status_code == 400


def test_a_copy_for_a_subject_has_the_choice_and_the_receipts_of_the_account(keyed):
    shop, key = keyed
    device = Device(shop, key)
    receipt = device.choose(granted=False).json["id"]
    copy = post(shop, "access", sub=SUB, **REASON).json
    assert [one["id"] for one in copy["receipts"]] == [receipt]
    assert {entry["t"]: entry["s"] for entry in copy["account"]["entries"]} == dict.fromkeys(
        ("functional", "analytics", "advertising"), 0
    )
    assert post(shop, "access", sub=OTHER, **REASON).json["error"]["code"] == "unknown_account"
    assert post(shop, "access", sub=SUB, visitor="0" * 32, **REASON).status_code == 400


@pytest.mark.parametrize("level", ["unlink", "full"])
def test_an_erasure_by_subject_keeps_the_refusal_only_where_it_unlinks(keyed, level):
    shop, key = keyed
    device = Device(shop, key)
    receipt = device.choose(
        granted=False, action="save", choices={"functional": True, "analytics": True, "advertising": False}
    ).json["id"]
    answer = post(shop, "erasures", sub=SUB, level=level, **REASON)
    assert (answer.status_code, answer.json["receipts"]) == (201, 1)
    with shop.service.context.engine.connect() as connection:
        assert store.personal(connection, receipt) is None
        assert store.get(connection, receipt).erased == (level == "full")
    found = post(shop, "accounts/find", sub=SUB, country="US", subdivision="CO").json
    assert (found["known"], found["groups"]["advertising"]) == ((True, False) if level == "unlink" else (False, True))
    again = post(shop, "erasures", sub=SUB, level=level, **REASON)
    assert again.status_code == (201 if level == "unlink" else 404)


def test_a_legal_hold_prevents_closing_an_account(keyed):
    shop, key = keyed
    device = Device(shop, key)
    receipt = device.choose(granted=False).json["id"]
    assert post(shop, "marks", kind="hold", receipt=receipt, **REASON).status_code == 201
    assert post(shop, "accounts/close", sub=SUB, level="full").json["error"]["code"] == "legal_hold"
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["known"] is True
    headers = {"Authorization": shop.token("privacy:erase")}
    shop.client.delete(f"/api/v1/sites/shop/marks?kind=hold&receipt={receipt}", headers=headers)
    assert post(shop, "accounts/close", sub=SUB, level="unlink").status_code == 204
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["known"] is False
    assert post(shop, "accounts/close", sub=SUB, level="unlink").status_code == 404


def add_kinds(shop, laptop):
    """Add receipts from an app, a webview, a handover and a withdrawal."""
    publish_site(shop, "shop", lambda draft: draft["overrides"].update(apps=["com.example.shop"]))
    shop.choose(shop.choice(method="app"), origin=None, Consent_App="app:com.example.shop")
    shop.choose(shop.choice(key="1" * 32, channel="webview"))
    add_brand(shop)
    publish_site(shop, "brand-b", share("shop"))
    publish_site(shop, "shop", share("brand-b"))
    browser = Browser(shop)
    browser.choose(BRAND, granted=True)
    assert browser.arrive(browser.code(BRAND, SHOP), target=SHOP, referrer=BRAND).json["applied"] is True
    laptop.choose(granted=True)
    page = shop.client.post("/r/shop", data={"subject": laptop.token(), "act": "withdraw"})
    assert "Your consent is withdrawn." in page.text


def test_a_mark_on_an_account_is_on_all_its_receipts_and_holds_its_choice_too(keyed):
    shop, key = keyed
    device = Device(shop, key)
    device.choose(granted=False)
    assert post(shop, "marks", kind="hold", sub=OTHER, **REASON).json["error"]["code"] == "unknown_account"
    assert post(shop, "marks", kind="hold", sub=SUB, **REASON).json == {"kind": "hold", "receipts": 1}
    later = device.choose(granted=True).json["id"]
    headers = {"Authorization": shop.token("privacy:erase")}
    (mark,) = shop.client.get("/api/v1/sites/shop/marks", headers=headers).json["items"]
    for path, body in (
        ("accounts/close", {"sub": SUB, "level": "full"}),
        ("erasures", {"receipt": later, "level": "full", **REASON}),
        ("erasures", {"sub": SUB, "level": "unlink", **REASON}),
    ):
        assert post(shop, path, **body).json["error"]["code"] == "legal_hold"
    assert device.post("account/delete", {"subject": device.token()}).json["error"]["code"] == "legal_hold"
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["groups"]["analytics"] is True
    query = f"kind=hold&account={mark['account']}"
    assert shop.client.delete(f"/api/v1/sites/shop/marks?{query}", headers=headers).status_code == 204
    assert post(shop, "marks", kind="restriction", account=mark["account"], **REASON).json["receipts"] == 2
    assert post(shop, "erasures", sub=SUB, level="unlink", **REASON).status_code == 201
    assert shop.client.get("/api/v1/sites/shop/marks", headers=headers).json["items"] == []


def test_deletes_unused_names_and_accounts_without_losing_refusals_early(keyed):
    shop, key = keyed
    subjects = shop.service.context.privacy.subjects
    device, moved = Device(shop, key), subject_of(bytes(32), "shop", ACCOUNT)
    device.choose(granted=False)
    device.post("account", {"subject": device.token(sub=moved, prev=SUB)})
    start, month = time.time(), 31 * 86400

    def at(months):
        subjects._clock = lambda: start + months * month
        for sub in (SUB, moved):
            subjects.drop(subjects.named(sub, shop.site_id, "shop"))

    def known(sub):
        return subjects.find(subjects.named(sub, shop.site_id, "shop")).number is not None

    at(10)
    assert known(moved)
    at(15)
    assert (subjects.prune(), known(SUB), known(moved)) == (1, False, True)
    at(60)
    assert (subjects.prune(), known(moved)) == (0, True)  # without the setting, nothing is pruned
    headers = {"Authorization": shop.token("privacy:erase")}
    for months, status in ((12, 400), (24, 200)):
        body = {"months": 36, "prunes_itself": False, "account_months": months}
        assert shop.client.put("/api/v1/sites/shop/retention", json=body, headers=headers).status_code == status
    at(83)
    assert subjects.prune() == 0
    at(86)
    assert (subjects.prune(), known(moved)) == (1, False)


def test_an_account_takes_30_grants_an_hour_and_any_number_of_refusals(keyed):
    shop, key = keyed
    device = Device(shop, key)
    for _ in range(30):
        assert device.choose(granted=True).status_code == 201
    busy = device.choose(granted=True)
    assert (busy.status_code, busy.json["error"]["code"]) == (429, "rate_limited")
    mixed = device.choose(granted=True, action="save", choices={"functional": True, "analytics": False})
    assert (mixed.status_code, mixed.json["unseen"]) == (201, ["functional"])
    assert device.choose(granted=False).status_code == 201


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Export receipts of all new kinds in each format.

    Returns the folder, the auditor's keys and the strings that no file may contain.
    """
    folder = tmp_path_factory.mktemp("kinds")
    shop = open_shop(folder / "instance")
    key = make_key(shop)
    phone, laptop = Device(shop, key, place="US-CA"), Device(shop, key)
    phone.choose(granted=False, signed_in=False)
    phone.sign_in()  # carries the opt-out over to the account
    laptop.choose(granted=True, confirmed=True)
    laptop.choose(granted=False, scope="device")
    add_kinds(shop, laptop)
    sequence_all(shop.service.context)
    token = shop.token(*SCOPES, "log:read")
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
    (folder / "jwks").write_text(json.dumps(shop.service.context.keys.jwks))
    for form in ("csv", "iso27560"):
        query = f"format={form}&archive=zip"
        data = shop.get(f"/api/v1/sites/shop/receipts/export?{query}", Authorization=token).data
        zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    lines = shop.get("/api/v1/sites/shop/receipts/export?format=jsonl", Authorization=token).data
    (folder / "receipts-shop.jsonl").write_bytes(lines)
    with shop.service.context.engine.connect() as connection:
        items = store.search(connection, shop.site_id, Filters()).items
        numbers = {json.loads(store.personal(connection, one.id).body).get("account") for one in items} - {None}
    yield folder, [folder / "vkey", folder / "jwks"], [*numbers, ACCOUNT, SUB], len(items)
    shop.service.close()


@pytest.mark.parametrize("suffix", ["csv", "jsonld", "jsonl"])
def test_exports_with_receipts_of_all_new_kinds_are_true_and_name_no_account(exported, suffix):
    folder, keys, secrets, count = exported
    file = folder / f"receipts-shop.{suffix}"
    code, sentence = check(file, keys) if suffix == "jsonl" else check_with_manifest(file, keys)
    assert (code, f"{count} receipts" in sentence) == (0, True), sentence
    assert count == 9
    assert not [secret for secret in secrets if secret in file.read_text()]


def test_the_standalone_verifier_accepts_exported_account_receipts(exported, tmp_path):
    folder, keys, *_ = exported
    shutil.copy(Path(verify.__file__), tmp_path / "verify.py")
    options = [word for key in keys for word in ("--key", str(key))]
    command = [sys.executable, str(tmp_path / "verify.py"), str(folder / "receipts-shop.jsonl"), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout[:5]) == (0, "True:"), done.stdout


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"schema": "consent-receipt/3"}, verify.Unclear),
        ({"email": "a@b.example"}, verify.Wrong),
        ({"scope": "realm"}, verify.Wrong),
        ({"config": None}, verify.Wrong),
        ({"carried": "v1.", "judged_by": "sha256:"}, verify.Wrong),
    ],
)
def test_a_receipt_with_missing_or_extra_fields_does_not_verify(change, error):
    claims = dict.fromkeys(ReceiptClaims.__required_keys__, "x")
    claims |= {"schema": "consent-receipt/2", "scope": "account", "what": "receipt x"}
    verify.check_second_schema(claims, "receipt x")
    with pytest.raises(error):
        verify.check_second_schema(claims | change, "receipt x")


def test_a_dump_leads_to_no_account_without_the_keys(keyed, tmp_path):
    shop, key = keyed
    accounts = [f"customer {number}" for number in range(40)]
    for account in accounts:
        assert (
            Device(shop, key, account=account)
            .choose(granted=False, seen=0, signed_in=False, subject=Device(shop, key, account=account).token())
            .status_code
            == 201
        )
    instance = tmp_path
    dump = "\n".join(sqlite3.connect(instance / "consent.sqlite").iterdump()).lower()
    for account in accounts:
        sub = subject_of(ID_KEY, "shop", account)
        for trace in (account, sub, sub.encode().hex()):
            assert trace.lower() not in dump
        # An attacker who guesses the account and even knows the id key finds nothing without the subject key.
        assert lookup_of(b"\0" * 32, "shop", sub).hex() not in dump
    subject_key = bytes.fromhex((instance / "keys" / "subject.key").read_text())
    assert subject_key.hex() not in dump
    assert key.split("_", 2)[2].lower() not in dump
    assert all(lookup_of(subject_key, "shop", subject_of(ID_KEY, "shop", one)).hex() in dump for one in accounts)


def test_a_rotated_subject_key_takes_accounts_along_and_a_node_without_it_takes_none(keyed, tmp_path):
    shop, key = keyed
    device = Device(shop, key)
    device.choose(granted=False)
    keyring, keys = shop.service.context.privacy.subjects.keyring, tmp_path / "keys"
    shutil.copytree(keys, tmp_path / "before")
    with shop.service.context.engine.begin() as connection:
        assert keyring.rotate(connection) == 2
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["known"] is True
    device.choose(granted=True)
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["groups"]["analytics"] is True
    with shop.service.context.engine.connect() as connection:
        assert key_store.names_under(connection) == {2: 1}
    shutil.rmtree(keys)
    shutil.copytree(tmp_path / "before", keys)
    keyring.forget()
    answer = post(shop, "accounts/find", sub=SUB, country="FR")
    assert answer.status_code == 503
    assert "keys/subject.key" in answer.json["error"]["message"]
    assert device.choose(granted=False, signed_in=False, subject=device.token(), seen=0).status_code == 503
    assert shop.choose(shop.choice()).status_code == 201  # everything else keeps working


def test_after_a_restore_a_grant_counts_as_not_having_seen_the_refusal(keyed):
    shop, key = keyed
    device = Device(shop, key)
    version = device.choose(granted=False).json["account"]["version"]
    with shop.service.context.engine.begin() as connection:
        assert account_store.raise_versions(connection, 1000) == 1
    late = device.choose(granted=True, seen=version + 1000 + 1)
    assert sorted(late.json["unseen"]) == ["advertising", "analytics", "functional"]
    assert post(shop, "accounts/find", sub=SUB, country="FR").json["version"] == version + 1001


def test_prunes_used_tokens_once_they_have_expired(keyed):
    shop, key = keyed
    device = Device(shop, key)
    device.choose(granted=True)
    subjects = shop.service.context.privacy.subjects
    assert subjects.prune() == 0
    with shop.service.context.engine.begin() as connection:
        assert account_store.prune_used(connection, 1 << 40) == 1


def test_doctor_reports_whether_the_subject_keys_match_the_database(keyed, tmp_path):
    def findings():
        done = CliRunner().invoke(main, ["--instance", str(tmp_path), "doctor", "--json"])
        return [one for one in json.loads(done.output) if "subject" in json.dumps(one)]

    assert "They match the stored accounts." in json.dumps(findings())
    (tmp_path / "keys" / "subject.key").write_text("0" * 64)
    assert "do not match the stored accounts" in json.dumps(findings())
