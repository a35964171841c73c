import threading

from consent.geo import Locator
from consent.geo.locator import Tally
from consent.geo.warnings import UNREADABLE
from tests.geo.addresses import BERKELEY, PROXIES, PROXY, TORONTO, headers


def _address(number):
    return number.to_bytes(4, "big")


def test_an_address_that_carries_most_visits_shows():
    tally = Tally()
    for number in range(1000):
        tally.count(True, None, _address(1) if number % 10 < 7 else _address(number + 100))
    report = tally.report()
    assert 0.7 - 1 / 17 <= report.busiest_share <= 0.7
    assert report.has_busy_address


def test_many_addresses_are_not_reported_as_busy():
    tally = Tally()
    for number in range(20_000):
        tally.count(True, None, _address(number % 500))
    assert not tally.report().has_busy_address
    assert tally.report().visits == 20_000


def test_a_few_visits_are_not_reported_as_a_busy_address():
    tally = Tally()
    for _ in range(20):
        tally.count(True, None, _address(1))
    assert tally.report().busiest_share == 1.0
    assert not tally.report().has_busy_address


def test_older_visits_count_less_in_the_busiest_share():
    tally = Tally()
    for _ in range(5000):
        tally.count(True, None, _address(1))
    for number in range(20_000):
        tally.count(True, None, _address(2 + number % 1000))
    assert tally.report().busiest_share < 0.2


def test_no_address_is_kept():
    tally = Tally()
    address = bytes([203, 0, 113, 77])
    tally.count(True, None, address)
    assert address not in vars(tally).values()
    assert hash(address) not in tally._followed


def test_threads_lose_no_count():
    tally = Tally()

    def count() -> None:
        for number in range(2000):
            tally.count(number % 2 == 0, UNREADABLE, _address(number % 40))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = tally.report()
    assert (report.visits, report.unknown, report.warnings[UNREADABLE]) == (8000, 4000, 8000)


def test_a_proxy_that_forwards_nothing_is_noticed_by_its_share(reader):
    locator = Locator(reader, [], None, "none")
    for _ in range(300):
        locator.locate(BERKELEY, headers())
    assert locator.report().has_busy_address


def test_a_trusted_proxy_is_not_mistaken_for_its_visitors(reader):
    locator = Locator(reader, PROXIES, None, "none")
    for number in range(300):
        locator.locate(PROXY, headers(x_forwarded_for=f"{TORONTO.rpartition('.')[0]}.{number % 100}"))
        locator.locate(PROXY, headers())
    assert not locator.report().has_busy_address
