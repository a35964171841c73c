"""Each walk in tests/walks.py has exactly one test, which counts its clicks."""

import re
from collections import Counter
from pathlib import Path

from tests.walks import WALKS

ROOT = Path(__file__).parents[1]
MARK = re.compile(r'^@pytest\.mark\.walk\("(\w+)"\)$', re.MULTILINE)


def test_each_walk_has_one_test() -> None:
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    assert Counter(name for text in texts for name in MARK.findall(text)) == dict.fromkeys(WALKS, 1)
