"""`consent gvl update`, as an operator types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from consent.cli import main
from tests.tcf_site import list_folder


@pytest.fixture
def environ(ready_sqlite_database: str, tmp_path: Path) -> dict[str, str]:
    return {"CONSENT_INSTANCE": str(tmp_path / "instance"), "CONSENT_DATABASE_URL": ready_sqlite_database}


def run(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["gvl", "update", *arguments], env=environ)
    return result.exit_code, result.output.strip()


def test_a_list_is_imported_and_reported(environ: dict[str, str], tmp_path: Path) -> None:
    folder = str(list_folder(tmp_path / "gvl", languages=("de", "fr")))
    code, text = run(environ | {"CONSENT_GVL": folder})
    assert (code, text) == (0, "Version 3 of the vendor list is new, in 2 languages besides English.")
    assert "was already stored" in run(environ, folder)[1]


def test_an_invalid_list_gets_one_error_message(environ: dict[str, str], tmp_path: Path) -> None:
    assert run(environ) == (1, "Error: Specify a folder or an https URL, or set CONSENT_GVL.")
    code, text = run(environ, str(list_folder(tmp_path / "gvl", gvlSpecificationVersion=9)))
    assert (code, text) == (1, "Error: The list is of specification 9, and only 3 is known here.")
    assert "must be a folder" in run(environ | {"CONSENT_GVL": "http://lists.example/v3"})[1]
