"""Which npm package a CDN URL refers to, and which file in it."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from bench.websites.libraries import Wanted, addresses_in, fetch, is_library, read, wanted_at


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "cdn.jsdelivr.net/npm/bootstrap@5.3.3/dist/js/bootstrap.min.js",
            ("bootstrap", "5.3.3", "dist/js/bootstrap.min.js"),
        ),
        ("cdn.jsdelivr.net/npm/@picocss/pico@2/css/pico.min.css", ("@picocss/pico", "2", "css/pico.min.css")),
        ("cdn.jsdelivr.net/npm/alpinejs", ("alpinejs", "latest", "")),
        (
            "cdn.jsdelivr.net/gh/orestbida/cookieconsent@3.0.1/dist/a.js",
            ("vanilla-cookieconsent", "3.0.1", "dist/a.js"),
        ),
        ("cdn.jsdelivr.net/gh/someone/something@1/a.js", None),
        ("unpkg.com/aos@2.3.1/dist/aos.js?module", ("aos", "2.3.1", "dist/aos.js")),
        ("cdnjs.cloudflare.com/ajax/libs/gsap/3.12.5/Flip.min.js", ("gsap", "3.12.5", "Flip.min.js")),
        ("cdnjs.cloudflare.com/ajax/libs/Chart.js/2.7.2/Chart.js", ("chart.js", "2.7.2", "Chart.js")),
        ("ajax.googleapis.com/ajax/libs/jquery/3.7.1/jquery.min.js", ("jquery", "3.7.1", "jquery.min.js")),
        ("stackpath.bootstrapcdn.com/bootstrap/4.2.1/js/b.js", ("bootstrap", "4.2.1", "js/b.js")),
        ("code.jquery.com/jquery-3.3.1.slim.min.js", ("jquery", "3.3.1", "jquery.slim.min.js")),
        ("code.jquery.com/jquery.min.js", ("jquery", "1.11.1", "jquery.min.js")),
        ("d3e54v103j8qbb.cloudfront.net/js/jquery-3.5.1.min.dc5e7f.js?site=1", ("jquery", "3.5.1", "jquery.min.js")),
        ("ajax.googleapis.com/ajax/libs/webfont/1.6.26/webfont.js", ("webfontloader", "1.6.26", "")),
        ("www.googletagmanager.com/gtag/js", None),
    ],
)
def test_an_address_means_a_file_of_a_package(address: str, wanted: tuple[str, str, str] | None) -> None:
    assert wanted_at(address) == (Wanted(*wanted) if wanted else None)


def test_a_file_is_read_from_the_package_wherever_it_lies_in_it(tmp_path: Path) -> None:
    files = {
        "src/x.min.js": b"source",
        "dist/x.min.js": b"built",
        "package.json": json.dumps({"main": "./main.js"}).encode(),
    }
    _pack(tmp_path / "x@1.tgz", files | {"main.js": b"main"})
    assert read("cdnjs.cloudflare.com/ajax/libs/x/1/x.min.js", tmp_path) == b"built"
    assert read("unpkg.com/x@1/src/x.min.js", tmp_path) == b"source"
    assert read("unpkg.com/x@1", tmp_path) == b"main"
    assert read("unpkg.com/x@1/nowhere.js", tmp_path) is None
    assert read("unpkg.com/x@2", tmp_path) is None


def test_reports_the_files_that_no_package_contains(tmp_path: Path) -> None:
    _pack(tmp_path / "x@1.tgz", {"x.js": b""})
    (tmp_path / "x@2.tgz.missing").write_text("404")
    known, gone, strange = "unpkg.com/x@1/x.js", "unpkg.com/x@2/x.js", "cdn.jsdelivr.net/gh/someone/something@1/a.js"
    assert fetch([known, gone, strange], tmp_path) == [strange, gone]


def test_addresses_of_libraries_are_found_in_the_files_of_a_site(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<script src="//unpkg.com/x@1"></script><img src="https://unpkg.com.example/y">')
    (tmp_path / "b.txt").write_text("https://unpkg.com/z@1")
    found = addresses_in([tmp_path])
    assert found == {"unpkg.com/x@1"}
    assert all(map(is_library, [*found, "kit.fontawesome.com/0123456789.js"]))
    assert not is_library("www.googletagmanager.com/gtag/js")


def _pack(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
