import logging
import os
import shutil
import threading

import pytest

from consent.core.rules import Place
from consent.geo import SHIPPED_DATABASE, GeoReader
from consent.geo.geo_reader import CHECK_SECONDS
from consent.geo.places import UNKNOWN
from tests.geo.addresses import BERKELEY, BERLIN_V6, TORONTO, ZURICH
from tests.geo.databases import MARKER, retyped


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("address", "country", "subdivision"),
    [
        (BERKELEY, "US", "CA"),
        ("18.9.22.69", "US", "MA"),
        ("::ffff:128.32.0.1", "US", "CA"),
        ("64:ff9b::128.32.0.1", "US", "CA"),
        (TORONTO, "CA", "ON"),
        ("132.216.177.160", "CA", "QC"),
        (ZURICH, "CH", None),
        ("131.111.8.46", "GB", None),
        ("130.216.1.1", "NZ", None),
        (BERLIN_V6, "DE", None),
    ],
)
def test_institutions_are_found_where_they_are(reader, address, country, subdivision):
    assert reader.locate(address) == Place(country, subdivision, "geoip")


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "192.0.2.1", "::128.32.0.1", "junk", "", "1.2.3"],
)
def test_private_addresses_and_junk_are_an_unknown_place(reader, address):
    assert reader.locate(address) == UNKNOWN


def test_the_description_tells_the_file_in_force(reader):
    known = reader.description
    assert (known.status, known.path, known.error) == ("ok", SHIPPED_DATABASE, None)
    assert known.database_type == "DBIP-City-Lite-Country-Region"
    assert known.build_epoch == 1788226681


@pytest.mark.parametrize("database_type", ["GeoLite2-City", "GeoLite2-Country", "GeoIP2-Country", "DBIP-Country-Lite"])
def test_files_of_either_type_are_read(tmp_path, database_type):
    reader = GeoReader(retyped(tmp_path / "geo.mmdb", database_type))
    assert reader.description.database_type == database_type
    assert reader.locate(ZURICH).country == "CH"


def test_without_a_file_every_place_is_unknown_until_there_is_one(tmp_path, caplog):
    reader = GeoReader(tmp_path / "geo.mmdb")
    assert reader.locate(ZURICH) == UNKNOWN
    assert reader.description.status == "missing"
    assert reader.refresh() is False
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "does not exist" in caplog.text
    shutil.copy(SHIPPED_DATABASE, tmp_path / "geo.mmdb")
    assert reader.refresh() is True
    assert reader.locate(ZURICH).country == "CH"
    assert reader.description.status == "ok"
    assert reader.description.error is None


def test_a_replaced_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    path = retyped(tmp_path / "geo.mmdb", "GeoLite2-City")
    reader = GeoReader(path)
    assert reader.refresh() is False
    os.replace(retyped(tmp_path / "new.mmdb", "GeoIP2-City"), path)
    assert reader.refresh() is True
    assert reader.description.database_type == "GeoIP2-City"


def test_a_lookup_notices_a_replaced_file_by_itself(tmp_path):
    path, clock = retyped(tmp_path / "geo.mmdb", "GeoLite2-City"), FakeClock()
    reader = GeoReader(path, clock=clock)
    os.replace(retyped(tmp_path / "new.mmdb", "GeoIP2-City"), path)
    reader.locate(ZURICH)
    assert reader.description.database_type == "GeoLite2-City"
    clock.now += CHECK_SECONDS
    assert reader.locate(ZURICH).country == "CH"
    assert reader.description.database_type == "GeoIP2-City"
    assert CHECK_SECONDS < 10


def _truncated(data):
    return data[: len(data) // 2]


def _headless(data):
    """Return everything except the first half of the search tree, with an intact end."""
    return data[len(data) // 4 :]


def _blank_in_the_middle(data):
    third = len(data) // 3
    return data[:third] + bytes(third) + data[2 * third :]


def _without_records(data):
    """Return the tree and the metadata without the records that the tree points to."""
    end = data.rindex(MARKER)
    start = 1359272 * 6 + 16
    return data[:start] + b"\xff" * (end - start) + data[end:]


DAMAGES = [_truncated, _headless, _blank_in_the_middle, _without_records, lambda data: b"", lambda data: b"junk" * 1000]
DAMAGES += [lambda data: b"\x1f\x8b" + data, lambda data: data[data.rindex(MARKER) :]]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_replacement_is_refused_and_logged_once_while_the_old_stays(tmp_path, caplog, damage):
    path = tmp_path / "geo.mmdb"
    shutil.copy(SHIPPED_DATABASE, path)
    reader = GeoReader(path)
    # Written in place, as `cp` does: if the reader had mapped this file, the next lookup would crash the process.
    path.write_bytes(damage(SHIPPED_DATABASE.read_bytes()))
    assert reader.refresh() is False
    assert reader.refresh() is False
    assert len(caplog.records) == 1
    assert "remains in use" in caplog.text
    assert reader.description.status == "kept"
    assert str(path) in reader.description.error
    for address, country in ((BERKELEY, "US"), (ZURICH, "CH"), (BERLIN_V6, "DE")):
        assert reader.locate(address).country == country
    shutil.copy(SHIPPED_DATABASE, path)
    assert reader.refresh() is True
    assert reader.description.status == "ok"


@pytest.mark.parametrize("database_type", ["GeoLite2-ASN", "GeoIP2-ISP", "GeoIP2-Anonymous-IP", ""])
def test_a_file_of_another_type_is_refused(tmp_path, caplog, database_type):
    reader = GeoReader(retyped(tmp_path / "geo.mmdb", database_type))
    assert reader.description.status == "refused"
    assert "a City or Country database is required" in reader.description.error
    assert reader.locate(ZURICH) == UNKNOWN
    assert "every place is unknown" in caplog.text


def test_lookups_continue_after_the_file_is_removed(tmp_path, caplog):
    path = tmp_path / "geo.mmdb"
    shutil.copy(SHIPPED_DATABASE, path)
    reader = GeoReader(path)
    path.rename(tmp_path / "away.mmdb")
    assert reader.refresh() is False
    assert reader.refresh() is False
    assert reader.description.status == "kept"
    assert len(caplog.records) == 1
    assert reader.locate(ZURICH).country == "CH"
    (tmp_path / "away.mmdb").rename(path)
    assert reader.refresh() is True
    assert reader.description.status == "ok"


def test_rejects_a_folder_or_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert GeoReader(tmp_path / "pipe").description.status == "missing"
    assert GeoReader(tmp_path).description.status == "missing"


def test_the_fallback_is_in_force_while_the_file_is_not_there(tmp_path, caplog):
    path = tmp_path / "geo.mmdb"
    reader = GeoReader(path, SHIPPED_DATABASE)
    assert reader.refresh() is False
    assert reader.description.status == "ok"
    assert reader.description.path == SHIPPED_DATABASE
    assert reader.locate(ZURICH).country == "CH"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    retyped(path, "GeoLite2-City")
    assert reader.refresh() is True
    assert reader.description.path == path


def test_the_fallback_stands_in_for_a_damaged_file_and_the_fault_is_told(tmp_path):
    (tmp_path / "geo.mmdb").write_bytes(b"junk")
    reader = GeoReader(tmp_path / "geo.mmdb", SHIPPED_DATABASE)
    assert reader.description.status == "kept"
    assert "geo.mmdb" in reader.description.error
    assert reader.locate(ZURICH).country == "CH"


def test_without_any_usable_file_nothing_is_raised(tmp_path):
    reader = GeoReader(tmp_path / "none.mmdb", tmp_path / "neither.mmdb")
    assert reader.description.status == "missing"
    assert reader.locate(ZURICH) == UNKNOWN


def test_look_ups_go_on_while_the_file_is_replaced(tmp_path):
    path = tmp_path / "geo.mmdb"
    shutil.copy(SHIPPED_DATABASE, path)
    reader, found, over = GeoReader(path, clock=FakeClock()), set(), threading.Event()

    def look_up() -> None:
        while not over.is_set():
            found.add(reader.locate(ZURICH).country)

    threads = [threading.Thread(target=look_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        shutil.copy(SHIPPED_DATABASE, tmp_path / "new.mmdb")
        os.replace(tmp_path / "new.mmdb", path)
        assert reader.refresh() is True
    over.set()
    for thread in threads:
        thread.join()
    assert found == {"CH"}


def test_leaves_nothing_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reader = GeoReader(SHIPPED_DATABASE)
    assert reader.locate(ZURICH).country == "CH"
    assert list(tmp_path.iterdir()) == []
