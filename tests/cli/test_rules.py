"""`consent rules`: a package moves between instances, and its differences are shown before a person accepts it."""

import contextlib
import csv
import datetime
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from consent.signing.keys import SigningKey
from consent.sites.law.packages import make_package
from consent.sites.shipped_rules import load_rules, shipped_files, use_instance

KEY = SigningKey(bytes(range(32)))
SOON = (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(60)).isoformat()


@pytest.fixture
def package(tmp_path: Path) -> tuple[str, str]:
    """Write a package signed by another instance, and its key; return both paths.

    In the package, Japan requires an opt-in, and Nevada will bind Global Privacy Control.
    """
    rows = list(csv.DictReader(io.StringIO(shipped_files()["regions.csv"])))
    for row in rows:
        row["checked"] = "2027-01-15"
        if row["code"] == "JP":
            row |= {"regime": "intl_opt_in", "analytics": "opt_in", "advertising": "opt_in"}
        if row["code"] == "US-NV":
            row |= {"gpc": "yes", "gpc_since": SOON}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    files = dict(shipped_files()) | {"regions.csv": out.getvalue()}
    package, keys = tmp_path / "rules.jws", tmp_path / "jwks.json"
    package.write_text(make_package(files, KEY, "2027-01-16"))
    keys.write_text(json.dumps({"keys": [KEY.jwk]}))
    return str(package), str(keys)


def rule_entries(folder: Path) -> list[str]:
    """Return the actions of the audit entries about rules, oldest first."""
    with contextlib.closing(sqlite3.connect(folder / "instance" / "consent.sqlite")) as connection:
        rows = connection.execute("SELECT subject FROM log_entry WHERE subject LIKE 'rules.%' ORDER BY id")
        return [action for (action,) in rows]


def test_the_rules_in_force_are_exported_and_verified(say: Any, tmp_path: Path) -> None:
    file = tmp_path / "own.jws"
    code, sentence = say("rules", "export", str(file))
    assert (code, load_rules().version in sentence) == (0, True)
    assert say("rules", "verify", str(file))[0] == 0
    file.write_text(file.read_text()[:-5] + "AAAA\n")
    code, sentence = say("rules", "verify", str(file))
    assert (code, "cannot be trusted" in sentence) == (1, True)


def test_an_import_waits_until_a_person_accepts_it(
    say: Any, site: Any, package: tuple[str, str], tmp_path: Path
) -> None:
    file, keys = package
    code, sentence = say("rules", "import", file)
    assert (code, "cannot be trusted" in sentence) == (1, True), "the keys of this instance have not signed it"
    code, sentence = say("rules", "import", file, "--keys", keys)
    assert code == 0, sentence
    version = sentence.rpartition("`consent rules accept ")[2].partition("`")[0]
    assert version.startswith("2027-01-15.")
    assert load_rules().version != "2027-01-15"
    assert say("rules", "accept", "2020-01-01.00000000")[0] == 1
    try:
        assert say("rules", "accept", version)[0] == 0
        assert "2027-01-15" in say("doctor")[1]
        code, sentence = say("rules", "accept", version)
        assert (code, "No package is pending" in sentence) == (1, True)
        assert rule_entries(tmp_path) == ["rules.imported", "rules.accepted"]
        # The rules in use can be exported, signed by this instance.
        again = str(Path(file).with_name("again.jws"))
        assert version in say("rules", "export", again)[1]
        older = Path(file).with_name("older.jws")
        older.write_text(make_package(shipped_files(), KEY, "2027-01-16"))
        code, sentence = say("rules", "import", str(older), "--keys", keys)
        assert (code, "the rules here until 2027-01-15" in sentence) == (1, True)
    finally:
        use_instance(Path("nowhere"), {"keys": []})


def test_doctor_reports_accepted_rules_that_were_changed(
    say: Any, site: Any, package: tuple[str, str], tmp_path: Path
) -> None:
    file, keys = package
    version = json.loads(say("rules", "import", file, "--keys", keys, "--json")[1])["version"]
    try:
        assert say("rules", "accept", version)[0] == 0
        assert "ok   rules: " in say("doctor")[1]
        stored = tmp_path / "instance" / "rules" / "accepted.jws"
        stored.write_text(make_package(shipped_files(), KEY, "2027-01-16") + "\n" + stored.read_text().splitlines()[1])
        code, report = say("doctor")
        assert (code, "FAIL rules: " in report, "accepted.jws" in report) == (1, True, True)
    finally:
        use_instance(Path("nowhere"), {"keys": []})


def test_an_import_shows_changes_for_today_and_the_next_24_months(
    say: Any, site: Any, package: tuple[str, str]
) -> None:
    file, keys = package
    code, sentence = say("config", "publish", "shop")
    assert code == 0, sentence
    code, sentence = say("rules", "import", file, "--keys", keys)
    assert code == 0, sentence
    assert "shop: 1 place changes today." in sentence
    assert "  Japan (JP): jp_notice becomes intl_opt_in" in sentence
    assert "shop: 1 difference in the next 24 months." in sentence
    assert f"  {SOON}, added: Nevada (US-NV): Global Privacy Control becomes mandatory" in sentence
    facts = json.loads(say("rules", "import", file, "--keys", keys, "--json")[1])
    assert facts["sites"] == {"shop": ["JP"]}
    assert facts["coming"] == {"shop": [{"kind": "added", "code": "US-NV", "day": SOON, "was": SOON}]}


def test_a_pending_import_can_be_discarded(say: Any, site: Any, package: tuple[str, str], tmp_path: Path) -> None:
    file, keys = package
    facts = json.loads(say("rules", "import", file, "--keys", keys, "--json")[1])
    assert say("rules", "discard", facts["version"])[0] == 0
    assert say("rules", "accept", facts["version"])[0] == 1
    assert rule_entries(tmp_path) == ["rules.imported", "rules.discarded"]
