"""The list of websites, our own pages, and what is reported when there is nothing to test."""

from pathlib import Path

import pytest

from bench.websites.__main__ import main
from bench.websites.found import with_found
from bench.websites.markup import find_file
from bench.websites.namespace import ADDRESS, NoNamespace, answer, run_inside
from bench.websites.service import FOUND, empty_draft, sold_hosts
from bench.websites.sites import NoSites, read_sites
from consent.sites.draft import check_draft, missing_controller_facts
from consent.sites.found_tags import HTML, FoundTag
from consent.sites.in_page_tags import is_loaded_by_service

QUESTION = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01"


def test_eleven_sites_are_named_with_the_commit_that_was_tried(tmp_path: Path) -> None:
    for name in ("viostream", "evochia"):
        (tmp_path / name).mkdir()
    found = {site.name: site for site in read_sites(str(tmp_path), "", None)}
    assert found.keys() == {"viostream", "evochia", "hostile"}
    assert len(found["viostream"].commit) == 40
    assert found["evochia"].domain == "evochia.gr"


def test_pages_of_our_own_are_there() -> None:
    own = next(site for site in read_sites(str(Path(__file__).parent), "hostile", None))
    assert all(find_file(own.folder, path) for path in own.pages)
    assert len(read_sites(str(Path(__file__).parent), "hostile", 2)[0].pages) == 2


def test_a_list_of_ones_own_is_read_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    own = tmp_path / "own.toml"
    own.write_text('[[sites]]\nname = "shop"\nhost = "www.shop.example"\npages = ["/", "/cart/"]\n')
    [site] = read_sites(str(tmp_path), "", None, own)
    assert (site.folder, site.origin, site.pages) == (tmp_path / "shop", "https://www.shop.example", ("/", "/cart/"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'sites'"),
        ("[[sites]]\nname = 'shop'\nhost = 'shop.example'", "'pages'"),
        ("[[sites]]\nname = 'shop'\nhost = 'shop.example'\npages = ['/']\nfolder = '/'", "unknown: folder"),
        ("sites", "no list of sites"),
    ],
)
def test_an_invalid_list_is_reported_with_what_is_missing(tmp_path: Path, text: str, why: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(NoSites, match=why):
        read_sites(str(tmp_path), "", None, own)
    with pytest.raises(NoSites, match="no list of sites"):
        read_sites(str(tmp_path), "", None, tmp_path / "none.toml")


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all"])
def test_a_missing_folder_gets_one_error_message(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SITES", folder)
    monkeypatch.setattr("sys.argv", ["bench.websites"])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("SITES")
    assert said.count("\n") == 1


def test_a_site_of_an_unknown_name_is_told_with_those_that_are_known() -> None:
    with pytest.raises(NoSites, match=r"none of viostream, .*hostile"):
        read_sites(str(Path(__file__).parent), "nobody", None)


def test_a_machine_that_gives_no_network_of_its_own_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoNamespace, match=r"^bench-websites takes a network of its own: run it as root"):
        run_inside("bench.websites", [])


def test_each_name_leads_to_the_one_address_and_has_no_other() -> None:
    found = answer(QUESTION)
    assert found[:2] == QUESTION[:2]
    assert found.endswith(bytes(map(int, ADDRESS.split("."))))
    other = answer(QUESTION.replace(b"\x00\x01\x00\x01", b"\x00\x1c\x00\x01"))
    assert other[6:8] == b"\x00\x00"
    assert other.endswith(b"\x00\x1c\x00\x01")


def test_what_was_found_comes_into_the_draft_by_one_press(tmp_path: Path) -> None:
    (tmp_path / "viostream").mkdir()
    site = read_sites(str(tmp_path), "viostream", None)[0]
    names = {"meta-pixel": "advertising", "hotjar": "analytics", "": None}
    found = [
        FoundTag(one, one, one, group, {}, f"https://{one}.example/", HTML, True, "") for one, group in names.items()
    ]
    draft = with_found(empty_draft(site, FOUND), [*found, *found])
    check_draft(draft)
    assert not missing_controller_facts(draft)
    assert [tag["vendor"] for tag in draft["tags"]] == ["meta-pixel", "hotjar"]
    assert not any(map(is_loaded_by_service, draft["tags"]))
    assert "connect.facebook.net/en_US/fbevents.js" in sold_hosts(draft)
