import pytest

from consent.geo.address import Networks, parse_address
from consent.geo.forwarded_headers import find_visitor
from consent.geo.warnings import CONFLICT, NOT_FORWARDED, UNREADABLE, UntrustedHeaderError
from tests.geo.addresses import PROXIES, headers

TRUSTED = Networks(PROXIES)
VISITOR = "198.51.100.7"
V6 = "2001:db8::7"

BY_TRUST = [
    (VISITOR, VISITOR),
    (f"{VISITOR}:4711", VISITOR),
    (V6, V6),
    (f"[{V6}]", V6),
    (f"[{V6}]:4711", V6),
    (f"::ffff:{VISITOR}", VISITOR),
    (f"{VISITOR}, 10.0.0.2", VISITOR),
    (f"{VISITOR},10.0.0.2 ,\t::ffff:10.0.0.3, fd00::1", VISITOR),
    (f"192.0.2.1, {VISITOR}", VISITOR),
    (f"10.0.0.9, {VISITOR}, 10.0.0.2", VISITOR),
    (f"junk, {VISITOR}", VISITOR),
    (f",,, {VISITOR}", VISITOR),
    (f"<script>, \x00, {VISITOR}", VISITOR),
    ("10.0.0.3, 10.0.0.2", None),
    ("192.168.0.1, 10.0.0.2", "192.168.0.1"),
    (f"{VISITOR}, junk", UNREADABLE),
    (f"{VISITOR}, ", UNREADABLE),
    (f"{VISITOR}, unknown", UNREADABLE),
    (f"{VISITOR}, junk, 10.0.0.2", UNREADABLE),
    (f"{VISITOR} 10.0.0.2", UNREADABLE),
    (f"{VISITOR}; 10.0.0.2", UNREADABLE),
    (" ", UNREADABLE),
    (", ".join(["192.0.2.1"] * 49 + [VISITOR]), VISITOR),
    (", ".join(["192.0.2.1"] * 50 + [VISITOR]), UNREADABLE),
    ("9" * 2048 + f", {VISITOR}", UNREADABLE),
]


def _outcome(header, hops=None):
    try:
        return find_visitor(header, TRUSTED, hops)
    except UntrustedHeaderError as doubt:
        return doubt.code


def _packed(expected):
    return expected if expected in (UNREADABLE, CONFLICT, NOT_FORWARDED, None) else parse_address(expected)


@pytest.mark.parametrize(("text", "expected"), BY_TRUST)
def test_x_forwarded_for_names_the_right_most_address_that_is_no_trusted_proxy(text, expected):
    assert _outcome(headers(x_forwarded_for=text)) == _packed(expected)


@pytest.mark.parametrize(
    ("text", "hops", "expected"),
    [
        (VISITOR, 1, VISITOR),
        (f"192.0.2.1, {VISITOR}", 1, VISITOR),
        (f"{VISITOR}, 192.0.2.1", 2, VISITOR),
        (f"junk, {VISITOR}, 192.0.2.1", 2, VISITOR),
        (f"{VISITOR}, 10.0.0.3, 192.0.2.1", 3, VISITOR),
        (VISITOR, 2, CONFLICT),
        (f"10.0.0.9, {VISITOR}", 2, CONFLICT),
        ("10.0.0.9", 1, CONFLICT),
        (f"{VISITOR}, junk", 2, UNREADABLE),
        (f"junk, {VISITOR}", 2, UNREADABLE),
        (f"{VISITOR},", 1, UNREADABLE),
        ("", 1, NOT_FORWARDED),
    ],
)
def test_hops_name_exactly_one_address(text, hops, expected):
    assert _outcome(headers(x_forwarded_for=text), hops) == _packed(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"for={VISITOR}", VISITOR),
        (f"For={VISITOR};proto=https;by=10.0.0.1", VISITOR),
        (f'proto=http ; for="{VISITOR}:4711"', VISITOR),
        (f'for="[{V6}]:4711"', V6),
        (f'for="[{V6}]"', V6),
        (f"for=192.0.2.1, for={VISITOR}", VISITOR),
        (f"for={VISITOR}, for=10.0.0.2", VISITOR),
        (f'host="a,b;for=192.0.2.1";for={VISITOR}', VISITOR),
        (f'host="a\\", for=192.0.2.1";for={VISITOR}', VISITOR),
        (f"for=unknown, for={VISITOR}", VISITOR),
        ("proto=https", None),
        (f"for={VISITOR}, for=unknown", UNREADABLE),
        (f"for={VISITOR}, for=_hidden", UNREADABLE),
        (f"for={VISITOR}, proto=https", UNREADABLE),
        (f"for={VISITOR};for=192.0.2.1", UNREADABLE),
        (f'for="{VISITOR}', UNREADABLE),
        (f'for="x, for={VISITOR}', UNREADABLE),
        (f'for="x, for="{VISITOR}"', UNREADABLE),
        (f'for="\\{VISITOR}"', UNREADABLE),
        (f'for="{VISITOR}"x', UNREADABLE),
        (", ".join(["for=192.0.2.1"] * 51), UNREADABLE),
        ("for=" + "9" * 2048, UNREADABLE),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(text, expected):
    assert _outcome(headers(forwarded=text)) == _packed(expected)


def test_ignores_two_headers_that_contradict_each_other():
    assert _outcome(headers(x_forwarded_for=VISITOR, forwarded="for=192.0.2.1")) == CONFLICT
    assert _outcome(headers(x_forwarded_for=VISITOR, forwarded="for=10.0.0.2")) == CONFLICT
    assert _outcome(headers(x_forwarded_for=VISITOR, forwarded=f"for={VISITOR}")) == parse_address(VISITOR)


def test_returns_none_without_a_header():
    assert _outcome(headers()) is None
    assert _outcome(headers(x_forwarded_for="")) is None
