"""In-page functions and word lists of the scanner, loaded from page/ without a browser."""

import json
from functools import cache
from pathlib import Path

from consent.presentation.texts import banner_texts, languages

FOLDER = Path(__file__).parent / "page"
OWN = {
    "accept": ["accept_all"],
    "reject": ["reject_all", "opt_out"],
    "settings": ["settings"],
    "save": ["save"],
    "back": ["back"],
    "close": ["close"],
}
"""Text keys of this service's banner for each kind of control."""


@cache
def page_function(name: str) -> str:
    """Return the function in a file in page/."""
    text = (FOLDER / name).read_text("utf-8")
    return text[text.index("\n(") + 1 :].strip()


@cache
def known_words() -> dict[str, list[str]]:
    """Return the lowercase labels of each kind of control: from other tools, and from this service in all languages."""
    known = listed("words.json")
    own = [banner_texts(language) for language in languages()]
    return {
        kind: list(dict.fromkeys([*words, *(texts[key].lower() for texts in own for key in OWN.get(kind, ()))]))
        for kind, words in known.items()
    }


@cache
def side_words() -> dict[str, list[str]]:
    """Return the lowercase labels of `on` and `off` radio buttons, including those of answers."""
    sides, answers = listed("sides.json"), known_words()
    return {"on": [*sides["on"], *answers["accept"]], "off": [*sides["off"], *answers["reject"]]}


@cache
def listed(file: str) -> dict[str, list[str]]:
    """Return the lists in a file in page/, such as words by the answer they give."""
    lists: dict[str, list[str]] = json.loads((FOLDER / file).read_text("utf-8"))
    return lists
