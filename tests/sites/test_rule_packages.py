"""Rules as a signed package: untrusted or unreadable ones are refused, and differences are shown for a site."""

import base64
import csv
import datetime
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from consent.core.rules import Rules
from consent.signing.canonical_json import canonical
from consent.signing.keys import Keys, SigningKey, base64url
from consent.signing.receipt_claims import sign_payload
from consent.sites.law.calendar import calendar_differences, rule_differences
from consent.sites.law.packages import (
    TYPE,
    PackageError,
    accept_waiting,
    keep_waiting,
    make_package,
    read_package,
    waiting_package,
)
from consent.sites.shipped_rules import (
    load_rules,
    rule_file,
    rules_problem,
    shipped_files,
    use_instance,
    waiting_rules,
)
from tests.golden import make_config

KEY, OTHER = SigningKey(bytes(range(32))), SigningKey(bytes(32))
JWKS = {"keys": [KEY.jwk]}
KEYS = Keys(KEY, OTHER, b"")
TODAY = datetime.date(2026, 12, 1)


def later(text: str) -> str:
    """Return the rule table as compared on a later day, with opt-in required in Japan."""
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        row["checked"] = "2026-12-01"
        if row["code"] == "JP":
            row |= {"regime": "intl_opt_in", "analytics": "opt_in", "advertising": "opt_in"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_package_holds_what_was_exported_and_says_who_signed_it() -> None:
    package = read_package(make_package(shipped_files(), KEY, "2026-12-01"), JWKS)
    assert package.files == dict(shipped_files())
    assert (package.kid, package.made, package.checked) == (KEY.kid, "2026-12-01", load_rules().version)
    assert package.version.startswith(f"{load_rules().version}.")


def changed(table: str, key: str, **cells: str) -> dict[str, str]:
    """Return the shipped tables with other cells in row `key` of `table`."""
    rows = list(csv.DictReader(io.StringIO(rule_file(table))))
    name = next(iter(rows[0]))
    next(row for row in rows if row[name] == key).update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return {**shipped_files(), table: out.getvalue()}


BAND = "0-12:parent:functional:"
FAULTY: list[tuple[str, str, dict[str, str]]] = [
    ("regions.csv", "FR", {"analytics": "optin"}),
    ("regions.csv", "FR", {"regime": "EU OPT IN"}),
    ("regions.csv", "FR", {"consent_max_months": "six"}),
    ("regions.csv", "FR", {"checked": "9999-99-99"}),
    ("regions.csv", "FR", {"analytics_exemption": "audience:DE"}),
    ("regions.csv", "FR", {"recalled_fields": "color"}),
    ("regions.csv", "FR", {"authority_url": "javascript:alert(1)"}),
    ("regions.csv", "FR", {"name": ""}),
    ("regions.csv", "FR", {"status": "draft"}),
    ("regions.csv", "US-OK", {"in_force_since": "2027-13-45"}),
    ("regions.csv", "US-OK", {"in_force_since": "soon"}),
    ("regions.csv", "US-CA", {"minors": BAND.replace("parent", "parents")}),
    ("regions.csv", "US-CA", {"minors": BAND.replace("0-12", "0-21")}),
    ("regions.csv", "US-CA", {"minors": BAND.replace("functional", "everything")}),
    ("regions.csv", "US-CA", {"minors": BAND + "2027-02-30"}),
    ("regions.csv", "US-CA", {"required_links": "buy_me"}),
    ("regions.csv", "US-CA", {"sensitive_data": "opt_in;never"}),
    ("regions.csv", "US-CA", {"gpc": "maybe"}),
    ("aliases.csv", "PR", {"row": "US-XX"}),
    ("events.csv", "2027-01-01", {"day": "then"}),
    ("events.csv", "2027-01-01", {"url": "data:text/html,x"}),
    ("sources.csv", "US-CA", {"url": "javascript:alert(1)"}),
    ("authorities.csv", "AR", {"complaint_url": "javascript:alert(1)"}),
    ("authorities.csv", "AR", {"mail": "nobody"}),
]


@pytest.mark.parametrize(("table", "key", "cells"), FAULTY)
def test_a_faulty_cell_is_refused_with_its_table_row_and_column(table: str, key: str, cells: dict[str, str]) -> None:
    text = sign_package(changed(table, key, **cells))
    (column,) = cells
    with pytest.raises(PackageError) as refused:
        read_package(text, JWKS)
    message = str(refused.value)
    assert table in message
    assert column in message
    assert message.count("\n") == 0
    assert len(message) < 300


@pytest.mark.parametrize("end", ["XX,Nowhere\n", "\n".join(rule_file("regions.csv").splitlines()[5:6]) + "\n"])
def test_a_row_of_too_few_cells_and_one_that_is_there_twice_are_refused(end: str) -> None:
    files = {**shipped_files(), "regions.csv": rule_file("regions.csv") + end}
    with pytest.raises(PackageError, match=r"regions\.csv, .*(cells|repeated)"):
        read_package(sign_package(files), JWKS)


def sign_package(files: dict[str, str]) -> str:
    return signed(files=files)


def signed(**facts: Any) -> str:
    claims = {"schema": "consent-rules/1", "checked": "x", "made": "2026-12-01", "files": dict(shipped_files())}
    return sign_payload(KEY, TYPE, canonical(claims | facts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no package",
        "a.b.c",
        make_package(shipped_files(), OTHER, "2026-12-01"),
        make_package(shipped_files(), KEY, "2026-12-01")[:-4] + "AAAA",
        sign_payload(KEY, "consent-receipt+jws", b"{}"),
        signed(schema="consent-rules/2"),
        signed(files={}),
        signed(files={"regions.csv": 1}),
        signed(files=dict(shipped_files()) | {"evil.csv": ""}),
        signed(files=dict(shipped_files()) | {"regions.csv": "code,name\nDE,Germany\n"}),
        signed(files=dict(shipped_files()) | {"periods.csv": "places\nDE\n"}),
        signed(files=dict(shipped_files()) | {"regions.csv": rule_file("regions.csv").replace("\nZZ,", "\nYY,")}),
        "x" * (9 * 1024 * 1024),
    ],
)
def test_rejects_a_package_that_cannot_be_trusted_or_parsed(text: str) -> None:
    with pytest.raises(PackageError):
        read_package(text, JWKS)


@pytest.fixture(autouse=True)
def _shipped_again() -> Iterator[None]:
    yield
    use_instance(Path("nowhere"), JWKS)


def test_rules_hold_once_a_person_has_accepted_them_and_not_over_newer_ones(tmp_path: Path) -> None:
    files = dict(shipped_files()) | {"regions.csv": later(rule_file("regions.csv"))}
    keep_waiting(tmp_path, make_package(files, OTHER, "2026-12-01"), KEY)
    use_instance(tmp_path, JWKS)
    assert (waiting_rules() is None, load_rules().rows["JP"]["regime"]) == (False, "jp_notice")
    accept_waiting(tmp_path, KEYS)
    assert waiting_package(tmp_path, JWKS) is None
    use_instance(tmp_path, JWKS)
    assert (load_rules().rows["JP"]["regime"], load_rules().version) == ("intl_opt_in", "2026-12-01")
    old = dict(shipped_files()) | {"regions.csv": rule_file("regions.csv").replace("2026-1", "2020-1")}
    keep_waiting(tmp_path, make_package(old, KEY, "2026-12-01"), KEY)
    accept_waiting(tmp_path, KEYS)
    use_instance(tmp_path, JWKS)
    assert load_rules().rows["JP"]["regime"] == "jp_notice", "what is shipped was compared later"
    assert rules_problem() == ""


def accepted(tmp_path: Path) -> Path:
    """Accept a package of another instance in which Japan requires an opt-in; return its file."""
    files = dict(shipped_files()) | {"regions.csv": later(rule_file("regions.csv"))}
    keep_waiting(tmp_path, make_package(files, OTHER, "2026-12-01"), KEY)
    accept_waiting(tmp_path, KEYS)
    use_instance(tmp_path, JWKS)
    assert (load_rules().rows["JP"]["advertising"], rules_problem()) == ("opt_in", "")
    return tmp_path / "rules" / "accepted.jws"


def with_laxer_france(line: str) -> str:
    """Return a package with one changed cell under the old signature."""
    head, payload, signature = line.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    rows = list(csv.DictReader(io.StringIO(claims["files"]["regions.csv"])))
    next(row for row in rows if row["code"] == "FR")["advertising"] = "notice"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    claims["files"]["regions.csv"] = out.getvalue()
    return f"{head}.{base64url(canonical(claims))}.{signature}"


def sealed_by(key: SigningKey, package: str, name: str = "accepted.jws") -> str:
    claims = {"schema": "consent-rules-seal/1", "file": name, "sha256": hashlib.sha256(package.encode()).hexdigest()}
    return sign_payload(key, "consent-rules-seal+jws", canonical(claims))


TAMPERED: dict[str, Callable[[str, str], str]] = {
    "a cell": lambda package, seal: f"{with_laxer_france(package)}\n{seal}\n",
    "signed anew by its signer": lambda package, seal: make_package(shipped_files(), OTHER, "2026-12-01") + "\n" + seal,
    "no seal": lambda package, _: package,
    "sealed by its signer": lambda package, _: f"{package}\n{sealed_by(OTHER, package)}",
    "only waiting": lambda package, _: f"{package}\n{sealed_by(KEY, package, 'waiting.jws')}",
    "noise": lambda _, seal: f"noise\n{seal}",
    "nothing": lambda *_: "",
}


@pytest.mark.parametrize("tampered", TAMPERED)
def test_an_accepted_package_that_was_changed_is_not_used_and_the_log_says_so(
    tampered: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = accepted(tmp_path)
    file.write_text(TAMPERED[tampered](*file.read_text().splitlines()))
    for _ in range(2):
        use_instance(tmp_path, JWKS)
    assert (load_rules().rows["JP"]["regime"], load_rules().rows["FR"]["advertising"]) == ("jp_notice", "opt_in")
    assert str(file) in rules_problem()
    assert [record.message for record in caplog.records] == [rules_problem()]


def test_an_accepted_package_may_be_copied_to_another_node_and_outlives_its_key(tmp_path: Path) -> None:
    node = tmp_path / "node"
    (node / "rules").mkdir(parents=True)
    shutil.copy(accepted(tmp_path), node / "rules")
    use_instance(node, {"keys": [SigningKey(b"n" * 32).jwk, KEY.jwk]})
    assert (load_rules().rows["JP"]["advertising"], rules_problem()) == ("opt_in", "")


def test_a_waiting_package_that_was_changed_cannot_be_accepted(tmp_path: Path) -> None:
    keep_waiting(tmp_path, make_package(shipped_files(), OTHER, "2026-12-01"), KEY)
    file = tmp_path / "rules" / "waiting.jws"
    file.write_text(with_laxer_france(file.read_text().splitlines()[0]) + "\n" + file.read_text().splitlines()[1])
    use_instance(tmp_path, JWKS)
    assert waiting_rules() is None
    with pytest.raises(PackageError):
        accept_waiting(tmp_path, KEYS)


def test_a_difference_is_told_by_place() -> None:
    config: Any = make_config([{"id": "ads", "group": "advertising", "name": "Ads"}])
    old = load_rules()
    assert rule_differences(config, old, old, TODAY) == []
    new = Rules(later(rule_file("regions.csv")), rule_file("aliases.csv"))
    assert [one.code for one in rule_differences(config, old, new, TODAY)] == ["JP"]


def test_a_change_that_is_added_moved_changed_or_removed_is_told_by_day() -> None:
    config: Any = make_config([{"id": "ads", "group": "advertising", "name": "Ads"}])
    old = load_rules()
    assert calendar_differences(config, old, old, TODAY) == []
    cells = {
        "US-OK": {"in_force_since": "2027-03-01"},
        "US-LA": {"in_force_since": "2031-01-01"},
        "US-AL": {"advertising": "opt_in"},
        "US-NV": {"gpc": "yes", "gpc_since": "2027-02-01"},
    }
    rows = list(csv.DictReader(io.StringIO(rule_file("regions.csv"))))
    for row in rows:
        row |= cells.get(row["code"], {})
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    new = Rules(out.getvalue(), rule_file("aliases.csv"))
    found = calendar_differences(config, old, new, TODAY)
    assert [(one.kind, one.change.code, str(one.was), str(one.change.day)) for one in found] == [
        ("removed", "US-LA", "2027-01-01", "2027-01-01"),
        ("added", "US-NV", "2027-02-01", "2027-02-01"),
        ("moved", "US-OK", "2027-01-01", "2027-03-01"),
        ("changed", "US-AL", "2027-05-01", "2027-05-01"),
    ]
    assert found[1].change.is_gpc_bound
    assert found[3].change.after == "ask"


def test_a_difference_of_a_state_a_country_and_of_visitors_whose_state_nobody_can_tell_are_apart() -> None:
    config: Any = make_config([{"id": "ads", "group": "advertising", "name": "Ads"}])
    old, table = load_rules(), rule_file("regions.csv")
    later_states = {
        row["name"] for code, row in old.rows.items() if code[:3] == "US-" and row["in_force_since"] > "2026-12"
    }
    for code, names in (
        ("US-CA", {"California"}),
        ("US", {"United States default (other states)"} | later_states),
    ):
        rows = list(csv.DictReader(io.StringIO(table)))
        next(row for row in rows if row["code"] == code)["advertising"] = "opt_in"
        changed = io.StringIO()
        writer = csv.DictWriter(changed, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        new = Rules(changed.getvalue(), rule_file("aliases.csv"))
        found = {one.name for one in rule_differences(config, old, new, TODAY)}
        assert found == names | {"United States (part not known)"}
