"""Vendor lists that an operator imports: from a folder or a URL, never older ones, and all are kept."""

import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from consent.core.tcf.vendor_list import VendorListError
from consent.sites.vendor_lists.site_cut import kept_list, site_cut, text_language
from consent.sites.vendor_lists.update import VendorListJob, update_lists
from consent.storage.database.engine import make_engine
from consent.storage.sites import configs, vendor_lists
from tests.tcf_site import SETTINGS, TODAY, list_folder


@pytest.fixture
def engine(ready_sqlite_database: str) -> Iterator[Engine]:
    made = make_engine(ready_sqlite_database)
    yield made
    made.dispose()


def newest(engine: Engine) -> int:
    with engine.connect() as connection:
        found = vendor_lists.newest(connection)
    return found.version if found else 0


def test_a_list_and_its_translations_are_kept_and_a_later_one_beside_them(engine: Engine, tmp_path: Path) -> None:
    first = update_lists(engine, str(list_folder(tmp_path / "3", languages=("de", "fr"))), TODAY)
    assert first == (3, True, ("de", "fr"), ())
    with engine.connect() as connection:
        before = vendor_lists.newest(connection)
        kept = kept_list(connection)
    assert kept
    assert kept.texts("de")[1].by_kind["purposes"][1].name == "Purpose 1 (test name in de)"
    assert kept.texts("pl")[0] == "en"
    assert update_lists(engine, str(tmp_path / "3"), TODAY).is_new is False
    assert update_lists(engine, str(list_folder(tmp_path / "4", 4)), TODAY) == (4, True, ("de",), ())
    with engine.connect() as connection:
        assert before
        assert configs.get_artifact(connection, before.sha256)
        later = kept_list(connection)
    assert later
    assert (later.listed.version, list(later.translations)) == (4, ["de"])


def test_a_language_with_another_name_in_the_framework_gets_its_own_texts(engine: Engine, tmp_path: Path) -> None:
    folder = list_folder(tmp_path / "3")
    for name in ("fi", "no", "pt-br", "pt-pt", "sr-cyrl", "sr-latn", "tl"):
        text = (folder / "purposes-de.json").read_text("utf-8").replace("(test name in de)", f"(test name in {name})")
        (folder / f"purposes-{name}.json").write_text(text, "utf-8")
    update_lists(engine, str(folder), TODAY)
    with engine.connect() as connection:
        kept = kept_list(connection)
    assert kept
    read = {
        language: kept.texts(language) for language in ("fi", "fil", "nb", "nn", "pt", "pt-BR", "sr", "sr-Latn", "th")
    }
    names = {language: (own, texts.by_kind["purposes"][1].name[-8:]) for language, (own, texts) in read.items()}
    assert names["fi"] == ("fi", "e in fi)")
    assert names["fil"] == ("tl", "e in tl)")
    assert names["sr"] == ("sr", " sr-cyrl)"[-8:])
    assert names["sr-Latn"] == ("sr", " sr-latn)"[-8:])
    assert names["nb"] == names["nn"] == ("no", "e in no)")
    assert (names["pt"], names["pt-BR"]) == (("pt", "n pt-pt)"), ("pt", "n pt-br)"))
    assert names["th"][0] == "en"
    asked = ("fil", "sr-Latn", "th", "nb", "nn", "pt-BR")
    assert [text_language(("en", "fi", "no", "pt", "sr", "tl"), one) for one in asked] == [
        *("tl", "sr", "en", "no", "no", "pt")
    ]
    assert text_language(("en", "nb"), "nb") == "nb"  # a code that an operator used, and a config with it
    assert text_language(("en", "fi"), "fil") == "en"


def test_of_two_varieties_the_one_of_europe_is_published(engine: Engine, tmp_path: Path) -> None:
    folder = list_folder(tmp_path / "3")
    for name in ("pt-br", "pt-pt"):
        text = (folder / "purposes-de.json").read_text("utf-8").replace("(test name in de)", f"(test name in {name})")
        (folder / f"purposes-{name}.json").write_text(text, "utf-8")
    update_lists(engine, str(folder), TODAY)
    with engine.connect() as connection:
        kept = kept_list(connection)
    assert kept
    for languages in (["pt", "pt-BR"], ["pt-BR", "pt"]):
        draft: Any = {"overrides": {"tcf": SETTINGS}, "texts": {"languages": languages}}
        cut = site_cut(draft, {}, kept, None)
        assert set(cut.document["texts"]) == {"en", "pt"}
        assert "(test name in pt-pt)" in cut.document["names"]["pt"]["purposes"][0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "version 3 is kept already"),
        ({"tcfPolicyVersion": 6}, "another content"),
        ({"version": 5, "gvlSpecificationVersion": 4}, "specification 4"),
        ({"version": 5, "lastUpdated": "2027-01-15T16:00:24Z"}, "a day to come"),
        ({"version": 5, "vendors": {}}, "no vendors"),
    ],
)
def test_a_rollback_or_an_invalid_list_changes_nothing(
    engine: Engine, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    update_lists(engine, str(list_folder(tmp_path / "good")), TODAY)
    with pytest.raises(VendorListError, match=words):
        update_lists(engine, str(list_folder(tmp_path / "bad", **changes)), TODAY)
    assert newest(engine) == 3


def test_a_translation_that_is_damaged_or_short_is_left_out(engine: Engine, tmp_path: Path) -> None:
    folder = list_folder(tmp_path / "gvl", languages=("de", "fr"))
    (folder / "purposes-fr.json").write_text("{")
    short = json.loads((folder / "purposes-de.json").read_bytes())
    del short["purposes"]["9"]
    (folder / "purposes-de.json").write_text(json.dumps(short))
    update = update_lists(engine, str(folder), TODAY)
    assert update.languages == ()
    assert update.problems == (
        "purposes-de.json is left out: it does not have every text of the list.",
        "purposes-fr.json is left out: The file is damaged: it is no JSON, or names something twice.",
    )


@pytest.mark.parametrize("place", ["nowhere", "http://127.0.0.1:9/v3"])
def test_reports_a_missing_vendor_list(engine: Engine, tmp_path: Path, place: str) -> None:
    with pytest.raises(VendorListError, match=r"There is no|cannot be read"):
        update_lists(engine, place if "//" in place else str(tmp_path / place), TODAY)


class _Handler(SimpleHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.endswith("purposes-fr.json"):  # redirects aren't followed
            self.send_response(302)
            self.send_header("Location", "/3/purposes-de.json")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def test_an_address_is_asked_for_texts_when_the_list_is_new(engine: Engine, tmp_path: Path) -> None:
    list_folder(tmp_path / "3")

    class Handler(_Handler):
        asked: list[str] = []  # noqa: RUF012 - of this one server

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(tmp_path), **kwargs)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        place = f"http://127.0.0.1:{server.server_port}/3"
        update = update_lists(engine, place, TODAY)
        assert update[:3] == (3, True, ("de",))
        assert update.problems[0].startswith("purposes-fr.json is left out")
        assert {f"/3/purposes-{one}.json" for one in ("no", "pl", "pt-br", "pt-pt", "sr-cyrl", "tl")} <= {
            *Handler.asked
        }
        assert not [one for one in Handler.asked if "-fil" in one]
        Handler.asked.clear()
        # Once a day, and without the texts if the list is already known.
        job = VendorListJob(engine, place, lambda: TODAY)
        job.run_once()
        job.run_once()
        assert Handler.asked == ["/3/vendor-list.json"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_without_a_place_nothing_is_asked(engine: Engine) -> None:
    VendorListJob(engine, "").run_once()
    assert newest(engine) == 0
