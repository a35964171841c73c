"""Subject tokens: those made by the examples for site servers are accepted, and nothing else is."""

import base64
import hmac
import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from consent.signing.keys import base64url
from consent.signing.subject_token import (
    LATE_SECONDS,
    BadSubjectError,
    lookup_of,
    new_kid,
    read_subject_token,
    signing_key,
    signing_key_text,
    subject_of,
)

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "accounts"
ID_KEY, NOW = bytes(range(32)), 1_800_000_000
KID = "0a1b2c3d"
KEY = signing_key(b"s" * 32, 7, KID)
SUB = subject_of(ID_KEY, "shop", "4711")
RUN = {
    "python3": (
        "import sys; from consent_subject import consent_subject as f; a=sys.argv;"
        "print(f(a[1], 'shop', 'shop', bytes.fromhex(a[2]), a[3]), end='')",
        "-c",
    ),
    "node": (
        "import('./consent_subject.mjs').then(m => process.stdout.write(m.consentSubject(process.argv[1],"
        "{site: 'shop', realm: 'shop', idKey: Buffer.from(process.argv[2], 'hex'), signKey: process.argv[3]})))",
        "-e",
    ),
    "php": (
        "require 'consent_subject.php'; echo consent_subject($argv[1], 'shop', 'shop', hex2bin($argv[2]), $argv[3]);",
        "-r",
    ),
}


def key_of(kid):
    return KEY if kid == KID else None


def make(head=None, claims=None, key=KEY, raw_head=None, raw_claims=None):
    head = raw_head or json.dumps({"alg": "HS256", "kid": KID, "typ": "consent-subject+jwt"} | (head or {}))
    all_claims = {"aud": "shop", "sub": SUB, "iat": NOW - 10, "exp": NOW + 290, "jti": "ab" * 16} | (claims or {})
    payload = raw_claims or json.dumps({name: value for name, value in all_claims.items() if value != "absent"})
    said = f"{base64url(head.encode())}.{base64url(payload.encode())}"
    return f"{said}.{base64url(hmac.digest(key, said.encode(), 'sha256'))}"


def read(text, site="shop", now=NOW):
    return read_subject_token(text, site, key_of, now)


@pytest.mark.parametrize("program", RUN)
@pytest.mark.parametrize("account", ["4711", "Zoë \\ \" '日本"])
def test_the_examples_for_site_servers_make_tokens_that_are_read(program, account):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed here")
    code, flag = RUN[program]
    key = signing_key_text(KID, KEY)
    command = [program, flag, code, *(["--"] if program == "php" else []), account, ID_KEY.hex(), key]
    made = subprocess.run(command, cwd=EXAMPLES, capture_output=True, text=True, check=True).stdout
    token = read(made, now=int(time.time()))
    assert (token.sub, token.late, token.kid) == (subject_of(ID_KEY, "shop", account), 0, KID)


def test_a_good_token_names_the_subject_and_never_the_account():
    token = read(make(claims={"age_band": "13_15", "prev": subject_of(ID_KEY, "old", "4711")}))
    assert (token.sub, token.jti, token.age_band, token.late) == (SUB, "ab" * 16, "13_15", 0)
    assert token.prev == subject_of(ID_KEY, "old", "4711")
    assert "4711" not in repr(token)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "ä.b.c",
        make() + "=",
        make() + "\n",
        make()[:-1] + "!",
        make(key=b"x" * 32),
        make(head={"kid": "ffffffff"}),
        make(head={"kid": "../../ab"}),
        make(head={"alg": "none"}),
        make(head={"alg": "HS512"}),
        make(head={"typ": "JWT"}),
        make(head={"crit": ["x"]}),
        make(raw_head='{"alg":"HS256","kid":"0a1b2c3d","kid":"0a1b2c3d","typ":"consent-subject+jwt"}'),
        make(raw_head="[1]"),
        make(raw_claims="{"),
        make(raw_claims='{"aud":"shop","aud":"shop"}'),
        make(raw_claims="[" * 700),
        make(claims={"aud": "other"}),
        make(claims={"aud": ["shop"]}),
        make(claims={"sub": "short"}),
        make(claims={"sub": SUB[:-1] + "="}),
        make(claims={"sub": SUB[:-1] + "B"}),
        make(claims={"email": "somebody@example.com"}),
        make(claims={"jti": "absent"}),
        make(claims={"jti": "AB" * 16}),
        make(claims={"iat": NOW - 10.5}),
        make(claims={"iat": True}),
        make(claims={"exp": str(NOW)}),
        make(claims={"exp": NOW - 10}),
        make(claims={"exp": NOW + 891}),
        make(claims={"iat": NOW + 61, "exp": NOW + 90}),
        make(claims={"age_band": "21"}),
        make(claims={"age_band": ["adult"]}),
        make(claims={"prev": SUB}),
        make(claims={"prev": None}),
        make(claims={"jti": "ab" * 600}),
    ],
)
def test_rejects_tokens_that_are_damaged_forged_expired_or_have_extra_claims(text):
    with pytest.raises(BadSubjectError):
        read(text)


def test_each_changed_character_of_a_token_is_refused():
    good = make()
    for at, letter in enumerate(good):
        with pytest.raises(BadSubjectError):
            read(good[:at] + ("A" if letter != "A" else "B") + good[at + 1 :])


def test_an_expired_token_says_how_late_it_is():
    token = make()
    assert read(token, now=NOW + 290 + 60).late == 0
    assert read(token, now=NOW + 290 + 61).late == 1
    assert read(token, now=NOW + 290 + 60 + LATE_SECONDS).late == LATE_SECONDS


def test_keys_of_sites_kids_and_realms_are_apart():
    kids = {new_kid() for _ in range(50)}
    assert len(kids) == 50
    assert len({signing_key(b"s" * 32, site, kid) for site in (1, 2, 12) for kid in kids}) == 150
    assert signing_key(b"s" * 32, 1, "2aaaaaaa") != signing_key(b"t" * 32, 1, "2aaaaaaa")
    assert lookup_of(b"s" * 32, "shop", SUB) != lookup_of(b"s" * 32, "press", SUB)
    assert len(lookup_of(b"s" * 32, "shop", SUB)) == 16
    assert base64.urlsafe_b64decode(SUB + "=") == hmac.digest(ID_KEY, b"consent-subject/1\nshop\n4711", "sha256")
