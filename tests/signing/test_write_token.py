import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.signing.write_token import Fields, make_token, read_token

KEY = b"k" * 32
TODAY = 20782
SHOWN = Fields("demo", "sha256:" + "9f" * 32, "US", "CA", "geoip", "us_ca", "2026-11-24", "pt-BR", "a", TODAY)
TOKEN = make_token(KEY, SHOWN)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
PLACE = st.none() | st.text("ABC-", min_size=1, max_size=6)


@given(st.builds(Fields, TEXT, TEXT, PLACE, PLACE, *[TEXT] * 5, st.just(TODAY)))
def test_a_token_gives_back_what_was_shown(fields: Fields) -> None:
    token = make_token(KEY, fields)
    assert token.isascii()
    assert len(token) > 1024 or read_token(KEY, token, TODAY) == fields


def test_a_token_can_be_read_by_people() -> None:
    said, _, _ = TOKEN.rpartition(".")
    assert said == f"w1.demo.sha256:{'9f' * 32}.US.CA.geoip.us_ca.2026-11-24.pt-BR.a.20782"


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_token_with_one_other_character_is_refused(position: int, character: str) -> None:
    damaged = TOKEN[:position] + character + TOKEN[position + 1 :]
    assert damaged == TOKEN or read_token(KEY, damaged, TODAY) is None


@given(st.lists(st.sampled_from(TOKEN.split(".")), max_size=14))
def test_a_token_put_together_from_parts_is_refused(parts: list[str]) -> None:
    forged = ".".join(parts)
    assert forged == TOKEN or read_token(KEY, forged, TODAY) is None


def test_a_token_whose_mac_is_whole_is_good_too_and_no_other_length_is() -> None:
    said, _, _ = TOKEN.rpartition(".")
    whole = hmac.digest(KEY, b"write token\0" + said.encode(), hashlib.sha256)
    good = [length for length in range(len(whole) + 1) if read_token(KEY, f"{said}.{_text(whole[:length])}", TODAY)]
    assert good == [16, 32]
    assert f"{said}.{_text(whole[:16])}" == TOKEN


def _text(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    assert read_token(KEY, text, TODAY) is None


def test_a_token_of_another_instance_is_refused() -> None:
    assert read_token(b"l" * 32, TOKEN, TODAY) is None


@pytest.mark.parametrize(("today", "is_good"), [(-1, True), (-2, False), (0, True), (60, True), (61, False)])
def test_a_token_is_good_for_60_days(today: int, is_good: bool) -> None:
    assert (read_token(KEY, TOKEN, TODAY + today) is not None) is is_good
