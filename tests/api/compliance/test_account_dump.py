"""100,000 accounts in a database dump: none can be found without the keys, and all can with them."""

import hashlib
import hmac
import re
import secrets
import sqlite3
import subprocess

import pytest

from consent.core.account import Account, Entry
from consent.signing.subject_token import lookup_of, subject_of
from consent.storage.subjects.accounts import UNKNOWN
from consent.subjects.accounts import SignedIn
from tests.api.shop import DATABASES, any_shop_in
from tests.postgres import find_binaries, libpq_url
from tests.subjects import ID_KEY, Device, make_key

pytestmark = [pytest.mark.app, pytest.mark.long, pytest.mark.timeout(900)]

ACCOUNTS, STEP, GUESSED = 100_000, 5_000, 25
DAY = 20_700


def name_of(number):
    return f"member 4711 {number}"


@pytest.mark.parametrize("database", DATABASES)
def test_no_account_in_a_dump_can_be_identified_without_the_keys(request, tmp_path, database):
    request.param = database
    with any_shop_in(request, tmp_path) as shop:
        key = make_key(shop)
        # Some accounts come from real requests, with receipts and everything else a request writes.
        for number in range(20):
            Device(shop, key, account=name_of(number)).choose(granted=bool(number % 2))
        fill(shop.service.context.privacy.subjects, shop.service.context.engine, shop.site_id)
        dump = dumped(shop.service.context.engine.url)
        keys = next(tmp_path.rglob("subject.key")).parent
    subject_key = bytes.fromhex((keys / "subject.key").read_text())
    shown = {
        bytes.fromhex(text.decode()) for text in re.findall(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", dump.lower())
    }
    names = [lookup_of(subject_key, "shop", subject_of(ID_KEY, "shop", name_of(number))) for number in range(ACCOUNTS)]
    assert shown.issuperset(names)
    assert len(set(names)) == ACCOUNTS
    for secret in (subject_key, ID_KEY, *(file.read_bytes() for file in keys.glob("*.key"))):
        assert secret not in dump
        assert secret.hex().encode() not in dump.lower()
    for number in range(ACCOUNTS):
        assert not shown & set(digests(name_of(number).encode()))
    for trace in (b"member 4711", subject_of(ID_KEY, "shop", name_of(1)).encode()):
        assert trace not in dump
    guess_with_all_that_is_there(dump, shown)


def fill(subjects, engine, site_id):
    """Store accounts as a signed-in request does, without the receipts."""
    entries = tuple(
        Entry(group, "eu_opt_in", "g", 1, DAY, f"eu.{group}", 0, 1, 0, "", "") for group in ("functional", "analytics")
    )
    for first in range(20, ACCOUNTS, STEP):
        with engine.begin() as connection:
            for number in range(first, min(first + STEP, ACCOUNTS)):
                sub = subject_of(ID_KEY, "shop", name_of(number))
                signed_in = SignedIn(site_id, "shop", tuple(subjects.keyring.names_of("shop", sub)), (), None, sub)
                found = UNKNOWN._replace(account=Account(1, 0, entries))
                subjects.save(connection, signed_in, found, secrets.token_hex(16))


def dumped(url):
    """Return the whole database as text, with blobs in hexadecimal."""
    if url.drivername.startswith("sqlite"):
        with sqlite3.connect(url.database) as connection:
            return "\n".join(connection.iterdump()).encode()
    command = [str(find_binaries() / "pg_dump"), libpq_url(url.render_as_string(hide_password=False))]
    return subprocess.run(command, check=True, capture_output=True).stdout


def digests(guess):
    """Yield the digests that a name could be stored under if no key were needed."""
    for name in ("md5", "sha1", "sha256"):
        yield hashlib.new(name, guess).digest()[:16]


def guess_with_all_that_is_there(dump, shown):
    """Try each value in the dump as a key, alone and in place of either key, with correctly guessed names."""
    values = {
        bytes.fromhex(text.decode()) for text in re.findall(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", dump.lower())
    }
    values |= {b"", bytes(32), b"shop"}
    assert len(values) > GUESSED
    for number in range(GUESSED):
        subs = [subject_of(ID_KEY, "shop", name_of(number)), name_of(number)]
        for value in values:
            for sub in (*subs, subject_of(value, "shop", name_of(number))):
                assert lookup_of(value, "shop", sub) not in shown
                assert hmac.digest(value, sub.encode(), "sha256")[:16] not in shown


def test_the_guessing_attack_finds_an_account_when_the_key_is_known():
    sub, key = subject_of(ID_KEY, "shop", name_of(1)), bytes(range(32, 64))
    with pytest.raises(AssertionError):
        guess_with_all_that_is_there((key.hex() + "\n").encode() * 1 + filler(), {lookup_of(key, "shop", sub)})


def filler():
    return "\n".join(secrets.token_hex(32) for _ in range(GUESSED)).encode()
