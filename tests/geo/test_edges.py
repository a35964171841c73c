import pytest

from consent.core.rules import Place
from consent.geo import Locator
from consent.geo.places import PSEUDO, UNKNOWN
from consent.geo.warnings import CONFLICT, NOT_FORWARDED, UNREADABLE
from tests.geo.addresses import BERKELEY, BERLIN_V6, PROXIES, PROXY, TORONTO, ZURICH, headers

EDGE_ADDRESS = "173.245.48.1"
"""An address in an edge's own network: US in the database, but never the visitor's place."""


@pytest.fixture
def cloudflare(reader):
    return Locator(reader, PROXIES, None, "cloudflare")


TOLD = [
    ("cloudflare", {"cf_ipcountry": "US", "cf_region_code": "CA"}),
    ("cloudfront", {"cloudfront_viewer_country": "US", "cloudfront_viewer_country_region": "CA"}),
    ("vercel", {"x_vercel_ip_country": "US", "x_vercel_ip_country_region": "CA"}),
    ("fastly", {"fastly_geo_country": "US", "fastly_geo_region": "CA"}),
]
ADDRESSED = [
    ("cloudflare", {"cf_connecting_ip": BERKELEY}),
    ("cloudfront", {"cloudfront_viewer_address": f"{BERKELEY}:46532"}),
    ("vercel", {"x_vercel_forwarded_for": BERKELEY}),
    ("vercel", {"x_forwarded_for": BERKELEY}),
    ("fastly", {"fastly_client_ip": BERKELEY}),
]


@pytest.mark.parametrize(("edge", "told"), TOLD)
def test_each_edge_tells_country_and_subdivision(reader, edge, told):
    located = Locator(reader, PROXIES, None, edge).locate(PROXY, headers(**told))
    assert located.place == Place("US", "CA", "edge")
    assert located.address_known is False
    assert located.warning is None


@pytest.mark.parametrize(("edge", "told"), ADDRESSED)
def test_without_a_country_the_visitors_address_that_the_edge_tells_is_looked_up(reader, edge, told):
    located = Locator(reader, PROXIES, None, edge).locate(PROXY, headers(**told))
    assert located.place == Place("US", "CA", "geoip")
    assert located.address_known is True
    assert located.prefix == bytes([128, 32, 0])


def test_cloudfront_tells_an_ipv6_address_with_a_port_and_no_brackets(reader):
    locator = Locator(reader, PROXIES, None, "cloudfront")
    assert locator.locate(PROXY, headers(cloudfront_viewer_address=f"{BERLIN_V6}1:443")).place.country == "DE"


@pytest.mark.parametrize("edge", ["none", "cloudflare"])
def test_ignores_headers_of_another_edge_than_ours(reader, edge):
    locator = Locator(reader, PROXIES, None, edge)
    located = locator.locate(PROXY, headers(x_vercel_ip_country="US", fastly_client_ip=BERKELEY))
    assert (located.place, located.warning) == (UNKNOWN, NOT_FORWARDED)


@pytest.mark.parametrize("country", sorted(PSEUDO))
def test_a_pseudo_country_is_an_unknown_place_without_a_look_up(cloudflare, country):
    located = cloudflare.locate(PROXY, headers(cf_ipcountry=country, cf_connecting_ip=BERKELEY))
    assert (located.place, located.address_known, located.warning) == (UNKNOWN, True, None)


@pytest.mark.parametrize("country", ["us", "USA", "US,DE", "U", "1", "ÄÖ", "<b>"])
def test_ignores_a_malformed_country(cloudflare, country):
    located = cloudflare.locate(PROXY, headers(cf_ipcountry=country, cf_connecting_ip=BERKELEY))
    assert (located.place, located.warning) == (UNKNOWN, UNREADABLE)


@pytest.mark.parametrize("region", ["", "XX", "california", "QC", "C" * 5000])
def test_a_subdivision_that_is_none_leaves_the_country(cloudflare, region):
    located = cloudflare.locate(PROXY, headers(cf_ipcountry="US", cf_region_code=region))
    assert located.place == Place("US", None, "edge")


@pytest.mark.parametrize("address", ["junk", "unknown", f"{BERKELEY},{ZURICH}", f"{BERKELEY}:80", "9" * 5000])
def test_ignores_a_malformed_visitor_address(cloudflare, address):
    located = cloudflare.locate(PROXY, headers(cf_ipcountry="US", cf_connecting_ip=address))
    assert (located.place, located.warning) == (UNKNOWN, UNREADABLE)


def test_the_edges_own_address_is_never_looked_up(cloudflare):
    """One of our proxies is behind the edge, whose networks weren't listed."""
    located = cloudflare.locate(PROXY, headers(x_forwarded_for=EDGE_ADDRESS))
    assert (located.place, located.warning) == (UNKNOWN, NOT_FORWARDED)
    chain = f"{ZURICH}, {EDGE_ADDRESS}"
    located = cloudflare.locate(PROXY, headers(x_forwarded_for=chain, cf_connecting_ip=ZURICH))
    assert (located.place, located.warning) == (UNKNOWN, CONFLICT)


def test_an_edge_whose_networks_are_listed_may_stand_before_a_proxy(reader):
    locator = Locator(reader, [*PROXIES, "173.245.48.0/20"], None, "cloudflare")
    chain = f"{ZURICH}, {EDGE_ADDRESS}"
    located = locator.locate(PROXY, headers(x_forwarded_for=chain, cf_connecting_ip=ZURICH))
    assert located.place == Place("CH", None, "geoip")
    located = locator.locate(PROXY, headers(cf_connecting_ip=EDGE_ADDRESS, cf_ipcountry="US"))
    assert (located.place, located.warning) == (UNKNOWN, CONFLICT)


def test_ignores_edge_headers_of_a_client_that_bypasses_the_edge(cloudflare):
    """Our proxy adds the visitor's own address to X-Forwarded-For, and it isn't the claimed one."""
    forged = headers(x_forwarded_for=TORONTO, cf_connecting_ip=BERKELEY, cf_ipcountry="US", cf_region_code="TX")
    located = cloudflare.locate(PROXY, forged)
    assert (located.place, located.address_known, located.warning) == (UNKNOWN, False, CONFLICT)


def test_hops_and_edge_must_name_the_same_address(reader):
    locator = Locator(reader, PROXIES, 2, "cloudflare")
    chain = f"{ZURICH}, {EDGE_ADDRESS}"
    assert locator.locate(PROXY, headers(x_forwarded_for=chain, cf_connecting_ip=ZURICH)).place.country == "CH"
    for told in ({"x_forwarded_for": chain, "cf_connecting_ip": BERKELEY}, {"x_forwarded_for": ZURICH}):
        located = locator.locate(PROXY, headers(cf_ipcountry="US", **told))
        assert (located.place, located.warning) == (UNKNOWN, CONFLICT)
    located = locator.locate(PROXY, headers(cf_ipcountry="US", cf_connecting_ip=BERKELEY))
    assert (located.place, located.warning) == (UNKNOWN, NOT_FORWARDED)
