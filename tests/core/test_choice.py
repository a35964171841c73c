"""The consent cookie: parsed as written, and anything malformed is no choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.choice import Choice, format_choice, newest_choice_text, parse_choice
from consent.core.groups import OPTIONAL

EXAMPLE = "v1.20782.eu_opt_in.0.1ab12cd340ab12cd34-00000000.hotjar:0"

keys = st.text("0123456789abcdef", min_size=8, max_size=8)
built = st.builds(
    Choice,
    st.integers(0, 999_999),
    st.from_regex(r"[a-z_]{1,40}", fullmatch=True),
    st.fixed_dictionaries(dict.fromkeys(OPTIONAL, st.sampled_from([True, False, None]))),
    st.fixed_dictionaries(dict.fromkeys(OPTIONAL, keys)),
    st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True), st.booleans(), max_size=8),
    st.integers(0, 3),
    st.sampled_from(["", "d", "fa", "x", "fadx"]),
)


def test_the_example_of_the_contract_is_read():
    choice = parse_choice(EXAMPLE)
    assert choice == Choice(
        20782,
        "eu_opt_in",
        {"functional": True, "analytics": False, "advertising": None},
        {"functional": "ab12cd34", "analytics": "ab12cd34", "advertising": "00000000"},
        {"hotjar": False},
    )
    assert format_choice(choice) == EXAMPLE


@given(built)
def test_a_choice_is_read_back_as_it_was_written(choice):
    assert parse_choice(format_choice(choice)) == choice


def test_the_newest_of_several_cookies_applies_and_of_one_day_the_strictest():
    old = "v1.20781.eu_opt_in.0.0ab12cd340ab12cd340ab12cd34."
    refusal, grant = old.replace("20781", "20782"), EXAMPLE
    for pair in ((old, grant), (grant, old)):
        assert newest_choice_text(pair) == grant
    for pair in ((refusal, grant), (grant, refusal), ("x", refusal, grant)):
        assert newest_choice_text(pair) == refusal
    assert newest_choice_text(["x", "y"]) == "x"
    assert newest_choice_text([]) is None


@given(st.text())
def test_no_text_breaks_the_parser(text):
    choice = parse_choice(text)
    assert choice is None or format_choice(choice)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        EXAMPLE + " ",
        EXAMPLE + "\n",
        EXAMPLE.replace("v1", "v2"),
        EXAMPLE.replace(".0.", ".4."),
        EXAMPLE.replace("1ab12cd34", "2ab12cd34"),
        EXAMPLE.replace("ab12cd34", "AB12CD34"),
        EXAMPLE + "~hotjar:1",
        EXAMPLE + "~",
        EXAMPLE.replace("eu_opt_in", "eu_opt_in+q"),
        EXAMPLE.replace("20782", "٢٠٧٨٢"),
        EXAMPLE.replace("20782", "9999999"),
        EXAMPLE + "~v" * 600,
    ],
)
def test_a_malformed_value_is_not_a_choice(text):
    assert parse_choice(text) is None


def test_a_choice_too_long_for_a_cookie_is_refused():
    vendors = {f"vendor-with-a-long-name-{n}": True for n in range(60)}
    with pytest.raises(ValueError, match="1 kB"):
        format_choice(Choice(1, "eu_opt_in", dict.fromkeys(OPTIONAL), dict.fromkeys(OPTIONAL, "00000000"), vendors))
