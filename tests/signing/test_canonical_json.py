import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consent.signing.canonical_json import canonical, canonical_without_floats, sha256_name

# From RFC 8785, section 3.2.3, and the number rules in its appendix B.
RFC_8785 = [
    (
        {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One"},
        '{"\\r":"Carriage Return","1":"One","\u20ac":"Euro Sign","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
    ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
    ([333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "[333333333.3333333,1e+30,4.5,0.002,1e-27]"),
    ("\u20ac$\u000f\u000aA'B\u0022\u005c\u005c\u0022/", '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
    ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
]


@pytest.mark.parametrize(("value", "text"), RFC_8785)
def test_the_examples_of_rfc_8785_come_out_as_it_says(value: object, text: str) -> None:
    assert canonical(value) == text.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, {1: "one"}, {"a": object()}])
def test_rejects_what_json_cannot_represent(value: object) -> None:
    with pytest.raises(rfc8785.CanonicalizationError):
        canonical(value)


def test_a_name_is_the_hash_of_the_bytes() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_name(b"") == f"sha256:{empty}"


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(codec="ascii"), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5)))
def test_the_fast_path_gives_the_same_bytes(value: object) -> None:
    assert canonical_without_floats(value) == canonical(value)
