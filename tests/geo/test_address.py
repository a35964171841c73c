import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.geo.address import Networks, address_prefix, is_public, parse_address, parse_node, parse_with_port, to_text

V4 = bytes([8, 8, 4, 4])
V6 = ipaddress.ip_address("2001:4860::8888").packed


@given(st.ip_addresses())
def test_an_address_is_read_as_the_standard_library_reads_it(address):
    packed = parse_address(str(address))
    mapped = getattr(address, "ipv4_mapped", None)
    assert packed == (mapped or address).packed or str(address).startswith("64:ff9b::")
    assert parse_address(to_text(packed)) == packed


@pytest.mark.parametrize("text", ["::ffff:8.8.4.4", "::FFFF:0808:0404", "0:0:0:0:0:ffff:8.8.4.4", "64:ff9b::8.8.4.4"])
def test_a_mapped_address_is_the_ipv4_address_in_it(text):
    assert parse_address(text) == V4


def test_a_zone_is_dropped_from_a_link_local_address_only():
    assert parse_address("fe80::1%eth0") == parse_address("FE80::1%2") == ipaddress.ip_address("fe80::1").packed
    assert parse_address("2001:4860::8888%eth0") is None


JUNK = ["", " ", "8.8.4", "8.8.4.4.4", "8.8.4.256", "8.8.4.04", "0x8.8.4.4", "134743044", "8.8.4.4 ", " 8.8.4.4"]
JUNK += ["8.8.4.4/32", "8.8.4.4\n", "8.8.4.4\0", "٨.8.4.4", "\udc80", "localhost", "unknown", "_hidden"]
JUNK += [":::", "1::2::3", "g::1", "%", ":%eth0"]


@pytest.mark.parametrize("text", JUNK)
def test_returns_none_for_an_invalid_address(text):
    assert parse_address(text) is None
    assert parse_node(text) is None
    assert address_prefix(text) == b""


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("8.8.4.4", V4),
        ("8.8.4.4:443", V4),
        ("2001:4860::8888", V6),
        ("[2001:4860::8888]", V6),
        ("[2001:4860::8888]:443", V6),
        ("[::ffff:8.8.4.4]:1", V4),
        ("8.8.4.4:", None),
        ("8.8.4.4:http", None),
        ("8.8.4.4:123456", None),
        ("8.8.4.4:_port", None),
        ("[8.8.4.4]", None),
        ("[2001:4860::8888", None),
        ("[2001:4860::8888]443", None),
        ("[2001:4860::8888]:", None),
        ("2001:4860::8888]", None),
        ("[]", None),
        ('"8.8.4.4"', None),
    ],
)
def test_a_node_may_have_brackets_and_a_port(text, packed):
    assert parse_node(text) == packed


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        ("8.8.4.4:46532", V4),
        ("2001:4860::8888:46532", V6),
        ("[2001:4860::8888]:46532", V6),
        ("8.8.4.4", None),
        ("8.8.4.4:", None),
        ("46532", None),
        ("", None),
    ],
)
def test_cloudfront_puts_a_port_behind_either_kind_without_brackets(text, packed):
    assert parse_with_port(text) == packed


@given(st.ip_addresses())
def test_a_public_address_is_global_for_the_standard_library_too(address):
    if is_public(address.packed):
        assert address.is_global
        assert not address.is_multicast


SPECIAL = (
    "127.0.0.1 10.1.2.3 192.168.1.1 172.31.255.255 100.64.0.1 169.254.1.1 0.0.0.0 224.0.0.1 255.255.255.255 192.0.2.1"
)
SPECIAL += (
    " ::1 :: fe80::1 fc00::1 ff02::1 2001:db8::1 2002:7f00:1:: 2001::1 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 3fff::1"
)


@pytest.mark.parametrize("text", SPECIAL.split())
def test_private_and_reserved_addresses_are_not_public(text):
    assert not is_public(parse_address(text))


@pytest.mark.parametrize("text", ["8.8.4.4", "172.32.0.1", "100.128.0.1", "223.255.255.254", "2001:4860::1", "2a00::1"])
def test_addresses_of_visitors_are_public(text):
    assert is_public(parse_address(text))


def test_networks_hold_their_first_and_last_address_and_no_other():
    networks = Networks(["10.0.0.0/9", "10.128.0.0/9", "192.0.2.7", "2001:db8::/32"])
    inside = ["10.0.0.0", "10.127.255.255", "10.128.0.0", "10.255.255.255", "192.0.2.7", "2001:db8::"]
    outside = ["9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db7:ffff::", "2001:db9::", "::"]
    assert all(parse_address(text) in networks for text in inside)
    assert not any(parse_address(text) in networks for text in outside)
    assert parse_address("10.0.0.1") not in Networks([])


def test_a_mapped_network_holds_ipv4_addresses():
    assert parse_address("10.1.1.1") in Networks(["::ffff:10.0.0.0/104"])
    assert parse_address("11.1.1.1") not in Networks(["::ffff:10.0.0.0/104"])


@pytest.mark.parametrize("text", ["10.0.0.1/8", "10.0.0.0/33", "proxy", ""])
def test_rejects_an_invalid_network(text):
    with pytest.raises(ValueError, match=r"host bits|does not appear"):
        Networks([text])


def test_rates_are_counted_by_24_bits_of_ipv4_and_48_of_ipv6():
    assert (
        address_prefix("8.8.4.4") == address_prefix("8.8.4.200") == address_prefix("::ffff:8.8.4.1") == b"\x08\x08\x04"
    )
    assert address_prefix("8.8.5.4") != address_prefix("8.8.4.4")
    assert address_prefix("2001:4860:4860::1") == address_prefix("2001:4860:4860:ffff::1") == V6[:4] + b"\x48\x60"
    assert address_prefix("2001:4860:4861::1") != address_prefix("2001:4860:4860::1")
