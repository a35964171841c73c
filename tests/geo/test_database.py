import shutil

import pytest

from consent.geo import SHIPPED_DATABASE, GeoDatabaseError, install_database
from tests.geo.databases import retyped


def test_a_checked_file_takes_the_place_of_the_old_one(tmp_path):
    target = tmp_path / "geo.mmdb"
    target.write_bytes(b"old")
    known = install_database(retyped(tmp_path / "new.mmdb", "GeoLite2-City"), target)
    assert (known.status, known.path, known.database_type, known.build_epoch) == (
        "ok",
        target,
        "GeoLite2-City",
        1788226681,
    )
    assert target.read_bytes() == (tmp_path / "new.mmdb").read_bytes()
    assert target.stat().st_mode & 0o777 == 0o644
    assert {path.name for path in tmp_path.iterdir()} == {"geo.mmdb", "new.mmdb"}


def test_a_first_file_is_installed_where_there_was_none(tmp_path):
    install_database(SHIPPED_DATABASE, str(tmp_path / "geo.mmdb"))
    assert (tmp_path / "geo.mmdb").stat().st_size == SHIPPED_DATABASE.stat().st_size


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"junk", "damaged or not a MaxMind DB file"),
        (b"", "damaged or no"),
        (b"\x1f\x8b\x08junk", "decompress it first"),
    ],
)
def test_an_unusable_file_changes_nothing(tmp_path, content, sentence):
    target, source = tmp_path / "geo.mmdb", tmp_path / "new.mmdb"
    target.write_bytes(b"old")
    source.write_bytes(content)
    with pytest.raises(GeoDatabaseError, match=sentence):
        install_database(source, target)
    assert target.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"geo.mmdb", "new.mmdb"}


def test_a_wrong_type_is_named(tmp_path):
    with pytest.raises(GeoDatabaseError, match="'GeoLite2-ASN'"):
        install_database(retyped(tmp_path / "new.mmdb", "GeoLite2-ASN"), tmp_path / "geo.mmdb")


def test_a_missing_source_or_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        install_database(tmp_path / "none.mmdb", tmp_path / "geo.mmdb")
    with pytest.raises(FileNotFoundError):
        install_database(SHIPPED_DATABASE, tmp_path / "none" / "geo.mmdb")
    assert list(tmp_path.iterdir()) == []


def test_a_file_may_be_installed_over_itself(tmp_path):
    path = tmp_path / "geo.mmdb"
    shutil.copy(SHIPPED_DATABASE, path)
    install_database(path, path)
    assert path.stat().st_size == SHIPPED_DATABASE.stat().st_size
