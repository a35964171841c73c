import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.rules import Place
from consent.geo import EDGES, HEADERS, SENTENCES, SHIPPED_DATABASE, GeoReader, Locator
from consent.geo.address import Networks, parse_address
from consent.geo.places import UNKNOWN
from consent.geo.warnings import NOT_FORWARDED, UNREADABLE, UNTRUSTED_PEER
from tests.geo.addresses import BERKELEY, BERLIN_V6, INNER_PROXY, PROXIES, PROXY, TORONTO, ZURICH, headers


@pytest.fixture
def alone(reader):
    """Return the locator of a service that visitors reach directly."""
    return Locator(reader, [], None, "none")


@pytest.fixture
def proxied(reader):
    """Return the locator of a service behind proxies in 10.0.0.0/8."""
    return Locator(reader, PROXIES, None, "none")


@pytest.mark.parametrize("peer", [BERKELEY, f"::ffff:{BERKELEY}"])
def test_without_proxies_the_peer_is_the_visitor(alone, peer):
    located = alone.locate(peer, headers(user_agent="Mozilla/5.0", cookie="a=b"))
    assert located.place == Place("US", "CA", "geoip")
    assert located.address_known is True
    assert located.warning is None
    assert located.prefix == bytes([128, 32, 0])


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [ZURICH, "CH", ""])
def test_a_forwarding_or_edge_header_from_an_untrusted_peer_makes_the_place_unknown(alone, proxied, name, value):
    told = headers(**{name.lower().replace("-", "_"): value})
    for locator in (alone, proxied):
        located = locator.locate(BERKELEY, told)
        assert (located.place, located.address_known, located.warning) == (UNKNOWN, False, UNTRUSTED_PEER)
        assert located.prefix == bytes([128, 32, 0])
        assert locator.report().warnings[UNTRUSTED_PEER] == 1


@pytest.mark.parametrize("peer", ["", "junk", "unix:", "10.0.0.1:80"])
def test_a_peer_without_an_address_is_not_trusted(proxied, peer):
    located = proxied.locate(peer, headers(x_forwarded_for=ZURICH))
    assert (located.place, located.warning, located.prefix) == (UNKNOWN, UNTRUSTED_PEER, b"")
    assert proxied.locate(peer, headers()).place == UNKNOWN


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "fd00::1"])
def test_a_trusted_proxy_names_the_client(proxied, peer):
    located = proxied.locate(peer, headers(x_forwarded_for=f"{TORONTO}, {BERKELEY}, {INNER_PROXY}"))
    assert located.place == Place("US", "CA", "geoip")
    assert located.address_known is True
    assert located.prefix == bytes([128, 32, 0])
    located = proxied.locate(peer, headers(forwarded=f'for="[{BERLIN_V6}]:443";proto=https'))
    assert located.place == Place("DE", None, "geoip")
    assert located.prefix == parse_address(BERLIN_V6)[:6]


def test_a_link_local_proxy_is_trusted_whatever_its_interface(reader):
    locator = Locator(reader, ["fe80::/10"], None, "none")
    assert locator.locate("fe80::1%eth0", headers(x_forwarded_for=ZURICH)).place.country == "CH"


@pytest.mark.parametrize(
    ("told", "warning"),
    [
        ({}, NOT_FORWARDED),
        ({"x_real_ip": ZURICH}, NOT_FORWARDED),
        ({"x_forwarded_for": INNER_PROXY}, NOT_FORWARDED),
        ({"x_forwarded_for": f"{ZURICH}, unknown"}, UNREADABLE),
    ],
)
def test_a_trusted_proxy_that_names_no_client_is_never_looked_up_itself(reader, told, warning):
    locator = Locator(reader, [*PROXIES, f"{BERKELEY}/32"], None, "none")
    for peer in (PROXY, BERKELEY):
        located = locator.locate(peer, headers(**told))
        assert (located.place, located.address_known, located.warning) == (UNKNOWN, False, warning)
    assert locator.report().warnings[warning] == 2


def test_a_visitor_of_the_private_network_has_an_unknown_place_and_no_warning(proxied):
    located = proxied.locate(PROXY, headers(x_forwarded_for="192.168.1.7"))
    assert (located.place, located.address_known, located.warning) == (UNKNOWN, True, None)


def test_looks_up_an_address_from_a_trusted_caller(alone):
    assert alone.locate_address(ZURICH) == Place("CH", None, "geoip")
    assert alone.locate_address("junk") == alone.locate_address("10.0.0.1") == UNKNOWN
    assert (alone.report().visits, alone.report().unknown) == (3, 2)


def test_the_repr_of_a_located_visitor_contains_no_address(alone):
    assert "128" not in repr(alone.locate(BERKELEY, headers()))


@pytest.mark.parametrize(
    ("proxies", "hops", "edge"), [(["all"], None, "none"), ([], 0, "none"), ([], None, "akamai"), ([], None, "")]
)
def test_rejects_meaningless_settings(reader, proxies, hops, edge):
    with pytest.raises(ValueError, match=r"network|hops|edge"):
        Locator(reader, proxies, hops, edge)


SHIPPED = GeoReader(SHIPPED_DATABASE)
LOCATORS = [Locator(SHIPPED, PROXIES, hops, edge) for hops in (None, 1, 2) for edge in ("none", *EDGES)]
TRUSTED = Networks(PROXIES)
ADDRESSES = st.sampled_from([BERKELEY, ZURICH, BERLIN_V6, PROXY, f"{ZURICH}:80"]) | st.ip_addresses().map(str)
VALUES = ADDRESSES | st.sampled_from(["US", "DE", "CA", f"for={ZURICH}"]) | st.text(max_size=40)
LISTS = st.lists(VALUES, min_size=1, max_size=5).map(", ".join)


@given(
    locator=st.sampled_from(LOCATORS),
    peer=ADDRESSES | st.text(max_size=20),
    told=st.dictionaries(st.sampled_from(HEADERS), LISTS, min_size=1),
)
def test_no_header_of_an_untrusted_peer_ever_gives_a_known_place(locator, peer, told):
    packed = parse_address(peer)
    if packed is None or packed not in TRUSTED:
        assert locator.locate(peer, told.get).place == UNKNOWN


@given(st.lists(VALUES, max_size=8).map(", ".join))
def test_entries_that_a_visitor_prepends_to_the_proxys_entry_change_nothing(sent):
    located = LOCATORS[0].locate(PROXY, headers(x_forwarded_for=f"{sent}, {BERKELEY}"))
    assert located.place == Place("US", "CA", "geoip")


@given(sent=st.text('for=";,\\[]: 128.', max_size=40) | LISTS, edge=st.sampled_from(sorted(EDGES)))
def test_a_forwarded_header_that_a_visitor_began_can_only_make_the_place_unknown(sent, edge):
    forwarded = headers(forwarded=f'{sent}, for="{BERKELEY}:80";proto=https')
    assert LOCATORS[0].locate(PROXY, forwarded).place in (Place("US", "CA", "geoip"), UNKNOWN)
    assert Locator(SHIPPED, PROXIES, None, edge).locate(PROXY, forwarded).place.country in ("US", None)


def test_every_warning_says_what_to_do():
    assert all("CONSENT_" in text or "X-Forwarded-For" in text or "header" in text for text in SENTENCES.values())
