import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from consent.core.receipt import ReceiptRecord
from consent.signing.canonical_json import canonical
from consent.signing.keys import SigningKey, base64url
from consent.signing.receipt_claims import Frame, SignatureError, Signer, build_claims, sign, verify_jws

KEY = SigningKey(bytes(range(32)))
JWKS = {"keys": [SigningKey(b"o" * 32).jwk, KEY.jwk]}
DESIGN = (
    "schema id site time action method requested effective vendors config text language variant layer regime"
    " rules_version place place_at_write delayed signals conflict_shown origin_checked expires pd"
)
GOLDEN = Path(__file__).parent / "receipt.golden.jws"

RECORD = ReceiptRecord(
    action="save",
    method="click",
    functional=True,
    analytics=False,
    advertising=False,
    vendors='{"hotjar":false}',
    country="DE",
    subdivision=None,
    regime="eu_opt_in",
    config="sha256:" + "9f" * 32,
    language="de",
    gpc=True,
    dnt=False,
    age_band="unknown",
    origin_checked=True,
    variant="a",
    layer=1,
    expires=1829689200,
    id="00112233445566778899aabbccddeeff",
    time=1795561200,
    site_id=1,
    leaf_hash=b"",
    jws="",
)
CLAIMS = build_claims(
    RECORD,
    site="demo",
    requested={"functional": True, "analytics": False, "advertising": False},
    text="sha256:" + "1a" * 32,
    rules_version="2026-11-24",
    source="geoip",
    place_at_write={"country": "AT", "subdivision": None, "source": "geoip"},
    delayed=False,
    conflict_shown=False,
    pd="5b" * 32,
)


def golden() -> str:
    return GOLDEN.read_text().strip()


def pack(header: dict[str, Any], claims: Any = CLAIMS, key: SigningKey = KEY) -> str:
    """Sign any header and claims with the right key, as a forger who has it would."""
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
    return f"{signed}.{base64url(key.sign(signed.encode()))}"


def test_a_receipt_claims_exactly_what_the_design_says() -> None:
    assert " ".join(CLAIMS) == DESIGN


def test_times_are_rfc_3339_in_utc() -> None:
    assert (CLAIMS["time"], CLAIMS["expires"]) == ("2026-11-24T23:00:00Z", "2027-12-24T23:00:00Z")


def test_a_receipt_of_last_year_is_still_signed_and_verified_in_the_same_bytes() -> None:
    """Receipts are kept for years: a change that breaks this test invalidates those already handed out."""
    assert sign(CLAIMS, KEY) == golden()
    assert verify_jws(golden(), JWKS) == CLAIMS


def test_joserfc_signs_the_same_bytes() -> None:
    private = OKPKey.import_key({**KEY.jwk, "d": base64url(bytes(range(32)))})
    header = {"alg": "Ed25519", "kid": KEY.kid, "typ": "consent-receipt+jws"}
    assert jws.serialize_compact(header, canonical(CLAIMS), private, algorithms=["Ed25519"]) == golden()


TEXT = st.text(st.characters(max_codepoint=0xD7FF))
VALUES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
STATEMENTS = st.dictionaries(TEXT, VALUES | st.lists(VALUES) | st.dictionaries(TEXT, VALUES))


@given(STATEMENTS)
def test_a_payload_is_canonical_json(claims: dict[str, object]) -> None:
    payload = Signer(KEY).sign(claims).split(".")[1]
    assert base64.urlsafe_b64decode(payload + "==") == canonical(claims)


@given(st.integers(0, len(GOLDEN.read_text().strip()) - 1), st.characters())
def test_a_receipt_with_one_other_character_is_refused(position: int, character: str) -> None:
    text = golden()
    damaged = text[:position] + character + text[position + 1 :]
    if damaged != text:
        with pytest.raises(SignatureError):
            verify_jws(damaged, JWKS)


@given(st.text() | st.just("..") | st.just("a.b.c"))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(SignatureError):
        verify_jws(text, JWKS)


GOOD_HEADER = {"alg": "Ed25519", "kid": KEY.kid, "typ": "consent-receipt+jws"}


def test_the_forging_helper_can_make_a_valid_receipt() -> None:
    assert verify_jws(pack(GOOD_HEADER), JWKS) == CLAIMS


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "EdDSA"},
        {"alg": "HS256"},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": "consent-checkpoint+jws"},
        {"kid": SigningKey(b"o" * 32).kid},
        {"kid": "nobody"},
        {"kid": None},
        {"jwk": KEY.jwk},
        {"jku": "https://evil.example/jwks.json"},
        {"crit": ["b64"], "b64": False},
        {"x5c": []},
    ],
)
def test_the_header_is_checked_and_not_trusted(change: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        verify_jws(pack(GOOD_HEADER | change), JWKS)


def test_the_public_key_is_no_secret_for_a_mac() -> None:
    header = {"alg": "HS256", "kid": KEY.kid, "typ": "consent-receipt+jws"}
    secret = OctKey.import_key(KEY.public)
    forged = jws.serialize_compact(header, json.dumps(CLAIMS), secret, algorithms=["HS256"])
    with pytest.raises(SignatureError):
        verify_jws(forged, JWKS)


def test_a_key_that_is_not_in_the_set_proves_nothing() -> None:
    with pytest.raises(SignatureError):
        verify_jws(golden(), {"keys": [SigningKey(b"o" * 32).jwk]})
    with pytest.raises(SignatureError):
        verify_jws(golden(), {"keys": []})


@pytest.mark.parametrize("claims", [[], "text", 1, None])
def test_a_payload_that_is_no_object_is_refused(claims: object) -> None:
    with pytest.raises(SignatureError):
        verify_jws(pack(GOOD_HEADER, claims), JWKS)


def test_a_frame_makes_the_bytes_of_the_statement_that_it_was_made_of():
    frame = Frame(CLAIMS | {"id": "", "time": "", "pd": ""})
    assert frame.payload(CLAIMS["id"], 1795561200, CLAIMS["pd"]) == canonical(CLAIMS)
    assert Signer(KEY).sign_payload(frame.payload(CLAIMS["id"], 1795561200, CLAIMS["pd"])) == sign(CLAIMS, KEY)
