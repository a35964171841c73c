"""Moving in from another consent tool on the command line: its configuration, its log, its choices."""

import contextlib
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from consent import verify
from consent.core.receipt import ReceiptRecord
from consent.log.checkpoints import origin_of, verifier_keys
from consent.log.sequencer_thread import Sequencer
from consent.signing.keys import load_keys
from consent.signing.receipt_claims import verify_jws
from consent.sites.moving.mapping import mapping_name
from consent.storage.database.engine import make_engine
from consent.storage.receipts import receipts
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites

KLARO = "var klaroConfig = {services: [{name: 'hotjar', purposes: ['analytics'], cookies: ['_hjid']}]}"
MAPPING = {
    "tool": "cookiebot",
    "cookie": "CookieConsent",
    "categories": {"preferences": "functional", "statistics": "analytics", "marketing": "advertising"},
    "vendors": [],
    "delete": False,
}
CSV = """id,time,country,region,preferences,statistics,marketing
reader-1,2026-10-01T10:00:00Z,DE,,true,yes,no
reader-2,1790000000,US,CA,false,false,false
reader-3,2026-10-02,,,,,
"""


@pytest.fixture
def moved(say, site, tmp_path):
    """Publish the shop's mapping, confirmed in the draft as a user would."""
    draft = site | {"overrides": site["overrides"] | {"old_choices": MAPPING}}
    code, said = say("config", "import", "shop", "-", given=json.dumps(draft))
    assert (code, "confirm this mapping in the dashboard" in said) == (1, True)
    engine = make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    with engine.begin() as connection:
        shop = sites.by_key(connection, "shop")
        assert shop
        sites.save_draft(connection, shop.id, json.dumps(draft), sites.read_draft(connection, shop.id).revision)
    engine.dispose()
    assert say("config", "import", "shop", "-", given=json.dumps(draft))[0] == 0, "a file may keep it"
    code, said = say("config", "publish", "shop")
    assert code == 0, said
    return draft


def kept(folder: Path) -> list[ReceiptRecord]:
    engine = make_engine(f"sqlite:///{folder / 'instance' / 'consent.sqlite'}")
    with engine.connect() as connection:
        shop = sites.by_key(connection, "shop")
        assert shop
        found = receipts.search(connection, shop.id, Filters()).items
    engine.dispose()
    return list(found)


def actions(folder: Path) -> list[str]:
    """Return the actions of the audit entries, oldest first."""
    with contextlib.closing(sqlite3.connect(folder / "instance" / "consent.sqlite")) as connection:
        return [row[0] for row in connection.execute("SELECT subject FROM log_entry WHERE kind = 'audit' ORDER BY id")]


def test_a_set_up_comes_into_the_draft_and_nothing_is_published(say, site, tmp_path):
    file = tmp_path / "klaro.js"
    file.write_text(KLARO)
    code, said = say("import", "site", "shop", str(file), "--dry-run")
    assert (code, "would be in the draft" in said) == (0, True)
    assert json.loads(say("config", "export", "shop")[1]) == site
    before = len(actions(tmp_path))
    code, said = say("import", "site", "shop", str(file))
    assert actions(tmp_path)[before:] == ["draft.changed"]
    assert (code, "Taken:\n  hotjar" in said, said.endswith("Nothing is published.")) == (0, True, True)
    assert [tag["id"] for tag in json.loads(say("config", "export", "shop")[1])["tags"]] == ["hotjar"]
    facts = json.loads(say("import", "site", "shop", str(file), "--json")[1])
    assert facts["old_choices"]["categories"] == {"hotjar": "vendor:hotjar"}
    file.write_text("nothing of the kind")
    code, said = say("import", "site", "shop", str(file))
    assert (code, said.startswith("Error: The file has no setup of"), "\n" in said) == (1, True, False)


def test_rows_of_an_old_log_become_receipts_once(say, moved, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(CSV)
    assert say("import", "choices", "shop", str(file), "--dry-run") == (
        0,
        "2 rows of log.csv would become receipts of shop.",
    )
    assert say("import", "choices", "shop", str(file)) == (0, "Created 2 receipts for shop from log.csv.")
    file.write_text(CSV + "a4,2026-10-03,FR,,yes,yes,yes\n")
    again = say("import", "choices", "shop", str(file))
    assert again == (0, "Created 1 receipt for shop from log.csv; 2 rows already had one.")
    found = {one.country: one for one in kept(tmp_path)}
    assert set(found) == {"DE", "US", "FR"}
    claims = verify_jws(found["DE"].jws, load_keys(tmp_path / "instance" / "keys").jwks)
    assert claims["source"] == {
        **{"tool": "cookiebot", "version": None, "said_at": "2026-10-01", "from": "file"},
        "mapping": mapping_name(MAPPING),
        "file": f"sha256:{hashlib.sha256(CSV.encode()).hexdigest()}",
    }
    assert (claims["text"], claims["config"], claims["schema"]) == (None, None, "consent-receipt/2")
    assert claims["requested"] == {"functional": True, "analytics": True, "advertising": False}
    assert (found["US"].regime, found["US"].advertising) == ("us_ca", False)
    assert "reader-1" not in json.dumps(claims)


def test_json_lines_are_read_with_named_columns(say, moved, tmp_path):
    file = tmp_path / "log.jsonl"
    rows = [
        {"at": "2026-10-01", "choices": {"preferences": True, "stats": False}},
        {"at": "2026-10-01", "choices": {"preferences": True, "stats": False}},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ("--column", "day=at", "--column", "statistics=stats")
    assert say("import", "choices", "shop", str(file), *columns) == (0, "Created 2 receipts for shop from log.jsonl.")
    assert {(one.functional, one.analytics, one.advertising) for one in kept(tmp_path)} == {(True, False, None)}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("id,time\na,b\n", "has no column of a mapped category"),
        (CSV + "a5,2026-10-03,FR,,maybe,yes,yes\n", "log.csv:5: preferences is neither yes nor no: maybe."),
        (CSV + "a5,,FR,,yes,yes,yes\n", "log.csv:5: A grant requires the date on which it was given."),
        (CSV + "a5,2031-10-03,FR,,yes,yes,yes\n", "log.csv:5: Not a possible date: 2031-10-03."),
        (CSV + "a5,soon,FR,,no,,\n", "log.csv:5: Not a date: soon."),
        (CSV + "a5,2026-10-03,Narnia,,no,,\n", "log.csv:5: Not a country code: NARNIA."),
        (CSV + "a5,2026\n", "log.csv:5: The row has 2 values for 7 columns."),
        ('{"statistics": true, "day": "2026-10-01"}\n{"statistics": \n', "log.csv:2: Not a line of JSON."),
        ("x" * 70_000, "log.csv: This line is longer than 65,536 letters."),
        (CSV + "\n" + "x" * 200_000 + "\n", "log.csv:6: This line is longer than 65,536 letters."),
        (CSV + 'a5,2026-10-03,FR,"x,no,no,no\n', "log.csv:5: Not a CSV row; a closing quote may be missing."),
        (CSV + "a5,2026-10-03,FR,M\udcfcller,no,no,no\n", "log.csv:5: Not UTF-8 text."),
        ('{"marketing": true, "marketing": false}\n', "log.csv:1: This has marketing twice."),
        ('{"marketing": true, "choices": {"marketing": false}}\n', "log.csv:1: This has marketing twice."),
        ('{"marketing": ' + "[" * 60_000 + "\n", "log.csv:1: Not a line of JSON."),
    ],
)
def test_a_faulty_log_is_named_by_line_and_nothing_is_written(say, moved, tmp_path, text, sentence):
    file = tmp_path / "log.csv"
    file.write_text(text, errors="surrogateescape")
    code, said = say("import", "choices", "shop", str(file))
    assert (code, sentence in said) == (1, True), said
    assert kept(tmp_path) == []


def test_invalid_rows_can_be_skipped(say, moved, tmp_path):
    file = tmp_path / "log.csv"
    hostile = ("maybe,yes,yes", 'yes,yes,"yes', "x" * 200_000, "\udcff,no,no", "\0,no,no", '=1+1,"",no')
    rows = "".join(
        f"a{number},2026-10-03,FR,,{row}\nb{number},2026-10-03,FR,,no,no,no\n" for number, row in enumerate(hostile)
    )
    file.write_text(CSV + rows, errors="surrogateescape")
    code, said = say("import", "choices", "shop", str(file), "--skip-faulty")
    assert (code, "6 rows are invalid and were skipped." in said) == (0, True), said
    assert said.endswith("Created 8 receipts for shop from log.csv.")


def test_each_change_of_one_visitor_is_a_receipt_of_its_own(say, moved, tmp_path):
    file = tmp_path / "log.csv"
    head, first, *_ = CSV.splitlines()
    later = [first.replace("10:00:00", "11:00:00"), first.replace("yes,no", "no,no"), first]
    file.write_text("\n".join([head, first, *later, ""]))
    assert (
        say("import", "choices", "shop", str(file))[1]
        == "Created 3 receipts for shop from log.csv; 1 row already had one."
    )
    assert sorted(one.analytics for one in kept(tmp_path)) == [False, True, True]
    assert (
        say("import", "choices", "shop", str(file))[1]
        == "Created 0 receipts for shop from log.csv; 4 rows already had one."
    )


def test_a_site_without_a_mapping_takes_no_choices(say, site, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(CSV)
    code, said = say("import", "choices", "shop", str(file))
    assert (code, "confirm a mapping under Import" in said) == (1, True)


def test_an_old_log_is_sealed_once_and_an_export_shows_it(say, moved, tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(CSV)
    digest = hashlib.sha256(CSV.encode()).hexdigest()
    sealed = f"in the log of shop: log.csv, {len(CSV)} bytes, sha256:{digest}."
    dates = ("--tool", "Cookiebot", "--from", "2026-10-01", "--to", "2026-10-02")
    assert say("import", "seal", "shop", str(file), *dates) == (0, f"Sealed {sealed}")
    assert say("import", "seal", "shop", str(file)) == (0, f"Already sealed {sealed}")
    assert actions(tmp_path).count("old_log.sealed") == 1
    assert say("import", "seal", "shop", str(file), "--from", "yesterday")[0] == 2
    folder, engine = tmp_path / "instance", make_engine(f"sqlite:///{tmp_path / 'instance' / 'consent.sqlite'}")
    keys = load_keys(folder / "keys")
    Sequencer(engine, keys, "http://127.0.0.1:9", folder).run()
    engine.dispose()
    export, key = tmp_path / "export.jsonl", tmp_path / "keys.json"
    assert say("receipts", "export", "shop", "--output", str(export))[0] == 0
    key.write_text(json.dumps(keys.jwks))
    vkey = tmp_path / "shop.vkey"
    vkey.write_text(verifier_keys(origin_of("http://127.0.0.1:9", "shop"), keys)[0])
    code, sentence = verify.check(export, [key, vkey])
    assert (code, f"the seal of log.csv, {len(CSV)} bytes, sha256:{digest}" in sentence) == (0, True), sentence
