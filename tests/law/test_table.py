"""docs/law-assertions.md is true: each number has tests where the table says, and each test its number there."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = (HERE.parents[1] / "docs" / "law-assertions.md").read_text("utf-8")
ROWS = {int(number): rest for number, rest in re.findall(r"^\| (\d+) \|(.*)\|$", TABLE, re.M)}


def files_by_number() -> dict[int, set[str]]:
    """Return the files with tests for each number."""
    found: dict[int, set[str]] = {}
    for file in HERE.glob("test_*.py"):
        for numbers in re.findall(r"^def test_assertions?_((?:\d\d_)+)", file.read_text("utf-8"), re.M):
            for number in numbers.strip("_").split("_"):
                found.setdefault(int(number), set()).add(file.name)
    return found


def test_the_table_has_every_number_once() -> None:
    assert list(ROWS) == list(range(1, 39))


@pytest.mark.parametrize("number", ROWS)
def test_a_number_is_tested_where_the_table_says(number: int) -> None:
    named = set(re.findall(r"(?<![\w/])test_\w+\.py", ROWS[number]))
    assert named == files_by_number()[number]
