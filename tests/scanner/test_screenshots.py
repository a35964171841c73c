"""A scan's screenshots: read from a folder that a hostile page may have written to, within limits."""

from pathlib import Path

from sqlalchemy import Engine

from consent.scanner.save_results import read_pictures
from consent.storage.scans import scans, screenshots
from consent.storage.scans.screenshots import MAX_BYTES, MAX_SCREENSHOTS, NewScreenshot
from consent.storage.sites import sites
from tests.scanner.scan_results import NOW, SITE, page, result, visit

JPEG = b"\xff\xd8\xff\xe0picture"


def scan_with(engine: Engine, *bodies: bytes, site: int = 1) -> int:
    with engine.begin() as transaction:
        number = scans.request(transaction, site, SITE, NOW)
        pictures = [NewScreenshot("none", "DE", SITE, False, body) for body in bodies]
        screenshots.save(transaction, site, number, pictures)
        scans.finish(transaction, number, NOW, state=scans.DONE, pages=1, problems=[], diff=[])
    return number


def test_first_pages_of_all_visits_come_first(tmp_path: Path) -> None:
    for name in ("none-here-001", "none-here-002", "reject-DE-001", "reject-DE-001-chosen"):
        (tmp_path / f"{name}.jpg").write_bytes(JPEG + name.encode())
    seen = result(visit("none", page(), page(f"{SITE}two")), visit("reject", page(), region="DE"))
    read = list(read_pictures(tmp_path, seen))
    assert [(one.state, one.region, one.page, one.is_after_choice) for one in read] == [
        ("none", "", SITE, False),
        ("reject", "DE", SITE, False),
        ("reject", "DE", SITE, True),
        ("none", "", f"{SITE}two", False),
    ]
    assert read[2].body == JPEG + b"reject-DE-001-chosen"


def test_what_is_no_picture_of_a_bounded_size_is_left(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(JPEG)
    (tmp_path / "none-here-001.jpg").symlink_to(tmp_path / "secret")
    (tmp_path / "gpc-here-001.jpg").write_bytes(b"<script>alert(1)</script>")
    (tmp_path / "reject-here-001.jpg").write_bytes(JPEG + bytes(MAX_BYTES))
    (tmp_path / "accept-here-001.jpg").mkdir()
    seen = result(*(visit(state) for state in ("none", "gpc", "reject", "accept", "withdraw")))
    assert list(read_pictures(tmp_path, seen)) == []


def test_pictures_are_bounded_in_number_and_in_all(engine: Engine) -> None:
    number = scan_with(engine, *[JPEG] * (MAX_SCREENSHOTS + 5))
    large = scan_with(engine, *[JPEG + bytes(MAX_BYTES - len(JPEG))] * 30, bytes(MAX_BYTES + 1))
    with engine.connect() as connection:
        assert len(screenshots.of_scan(connection, number)) == MAX_SCREENSHOTS
        assert len(screenshots.of_scan(connection, large)) == 24


def test_pictures_go_with_older_scans_and_with_the_site(engine: Engine) -> None:
    numbers = [scan_with(engine, JPEG) for _ in range(4)]
    with engine.begin() as transaction:
        second = sites.create(transaction, "other", "The other shop", "{}", NOW)
    other = scan_with(engine, JPEG, site=second.id)
    with engine.begin() as transaction:
        assert [len(screenshots.of_scan(transaction, number)) for number in numbers] == [0, 0, 1, 1]
        transaction.exec_driver_sql("DELETE FROM scan WHERE site_id = 1")
        assert [screenshots.of_scan(transaction, number) for number in numbers] == [[]] * 4
        assert len(screenshots.of_scan(transaction, other)) == 1


def test_a_picture_is_found_by_its_own_site_alone(engine: Engine) -> None:
    number = scan_with(engine, JPEG)
    with engine.connect() as connection:
        (picture,) = screenshots.of_scan(connection, number)
        assert screenshots.body_of(connection, 1, picture.id) == JPEG
        assert screenshots.body_of(connection, 2, picture.id) is None
