import ipaddress

import pytest

from consent.outbound.public_addresses import AllowList, is_public
from consent.scanner.browser.allow_list import local_hosts

INSIDE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.88.99.1"),
    # metadata addresses of virtual machines at various providers
    *("168.63.129.16", "192.0.0.192", "100.100.100.200", "169.254.170.2"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "2001:db8::1", "fec0::1"),
    # internal addresses embedded in other address formats
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::a9fe:a9fe"),
]
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("text", INSIDE)
def test_an_inner_address_is_not_public_in_any_coat(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


def test_an_allow_list_admits_what_it_names_and_nothing_near_it() -> None:
    allowed = AllowList(("Intranet.example", "localhost:8001", "*.test.example:81", "[::1]:8002"))
    assert allowed.admits("intranet.EXAMPLE", 1234)
    assert allowed.admits("localhost", 8001)
    assert allowed.admits("a.b.test.example", 81)
    assert allowed.admits("::1", 8002)
    for host, port in (("x.intranet.example", 80), ("localhost", 80), ("test.example", 81), ("a.test.example", 80)):
        assert not allowed.admits(host, port)
    assert not AllowList(("*.example",)).admits("badexample", 80)


def test_a_service_on_this_machine_reaches_the_sites_own_hosts_there_and_a_public_one_does_not() -> None:
    urls = ["http://localhost:8080", "https://www.example.com", "http://[::1]:9000/", "http://10.0.0.1"]
    assert local_hosts("http://127.0.0.1:8000", urls) == ("localhost:8080", "[::1]:9000")
    assert local_hosts("https://consent.example.com", urls) == ()
    allowed = AllowList(local_hosts("http://127.0.0.1:8000", urls))
    assert allowed.admits("localhost", 8080)
    assert not allowed.admits("localhost", 5432)
