import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.storage.selection.keyset_cursor import CursorError, create_cursor, read_cursor
from tests.storage.sample_receipts import NOW

GOOD = create_cursor(1, NOW, "ab" * 16)
TIMES = st.integers(-(2**63), 2**63 - 1)
IDS = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(TIMES, IDS, st.integers(1, 2**31 - 1))
def test_a_cursor_comes_back_as_it_was_made(time: int, receipt_id: str, site_id: int) -> None:
    assert read_cursor(site_id, create_cursor(site_id, time, receipt_id)) == (time, receipt_id)


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_a_cursor_with_one_other_character_is_refused(position: int, character: str) -> None:
    damaged = GOOD[:position] + character + GOOD[position + 1 :]
    if damaged != GOOD:
        with pytest.raises(CursorError):
            read_cursor(1, damaged)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        read_cursor(1, text)


def test_a_cursor_of_another_site_is_refused() -> None:
    with pytest.raises(CursorError):
        read_cursor(2, GOOD)
