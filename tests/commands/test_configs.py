"""`consent config` with files: all or nothing, faults with their lines, edits of the dashboard kept."""

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import say, site

__all__ = ["say", "site"]


@pytest.fixture
def file(say: Any, site: Any, tmp_path: Path) -> Path:
    """Export the draft of the shop."""
    path = tmp_path / "shop.yaml"
    assert say("config", "export", "shop", "--output", str(path)) == (0, f"Wrote the draft of shop to {path}.")
    return path


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def _state(say: Any) -> tuple[str, str]:
    return say("config", "export", "shop")[1], say("config", "diff", "shop")[1]


def test_a_file_is_compared_and_published_in_one_step(say: Any, file: Path) -> None:
    assert say("config", "publish", "shop", str(file))[0] == 0
    _change(file, "#0b57d0", "#112233")
    code, said = say("config", "diff", "shop", str(file), "--exit-code")
    assert (code, "#0b57d0 -> #112233" in said, "between shop.yaml and" in said) == (1, True, True)
    assert say("config", "publish", "shop", str(file), "--note", "from git")[1].startswith("Published version 2")
    assert say("config", "diff", "shop", str(file), "--exit-code")[0] == 0
    assert json.loads(say("config", "export", "shop")[1])["look"]["accent"] == "#112233"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("accent: '#0b57d0'", "accent: red", "look.accent"),
        ("site: shop", "site: other", "site"),
        ("kill_switch: false", "kill_swtich: false", "overrides"),
        ("rest_of_world: strictest", "rest_of_world: XY", "overrides.rest_of_world"),
        ("  name: stated", "  name: ''", "controller.name"),
    ],
)
@pytest.mark.parametrize("command", ["import", "publish"])
def test_one_fault_writes_nothing_and_has_its_line(
    say: Any, file: Path, command: str, old: str, new: str, field: str
) -> None:
    before = _state(say)
    _change(file, old, new)
    code, said = say("config", command, "shop", str(file))
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if new.strip() in text)
    if field == "overrides":
        line = next(n for n, text in enumerate(file.read_text("utf-8").splitlines(), 1) if text == "overrides:")
    assert code == 1
    assert f"shop.yaml:{line}: {field}: " in said
    assert _state(say) == before


def test_every_fault_is_told_at_once(say: Any, file: Path) -> None:
    _change(file, "accent: '#0b57d0'", "accent: red")
    _change(file, "kill_switch: false", "kill_switch: maybe")
    said = say("config", "import", "shop", str(file))[1]
    assert [name in said for name in ("look.accent", "overrides.kill_switch")] == [True, True]


def test_an_unfinished_file_is_imported_where_that_is_said(say: Any, file: Path) -> None:
    _change(file, "  name: stated", "  name: ''")
    assert say("config", "import", "shop", str(file))[0] == 1
    assert say("config", "import", "shop", str(file), "--unfinished")[0] == 0
    assert say("config", "publish", "shop")[0] == 1


def test_an_import_stops_at_what_the_dashboard_changed(say: Any, file: Path, tmp_path: Path) -> None:
    assert say("config", "publish", "shop", str(file))[0] == 0
    assert say("site", "stop", "shop")[0] == 0
    code, said = say("config", "publish", "shop", str(file))
    assert (code, "would overwrite" in said, "overrides kill_switch: command line, 20" in said) == (1, True, True)
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "consent.sqlite")) as connection:
        assert connection.execute("SELECT max(version) FROM config").fetchone() == (2,)
    assert say("config", "import", "shop", str(file), "--overwrite")[0] == 0


def test_a_file_that_is_no_text_is_refused(say: Any, file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert say("config", "import", "shop", str(file)) == (1, "Error: shop.yaml is not text in UTF-8.")
