"""How well the words of a search match a title and further texts: whole words first, then starts, then middles."""

import re

EXACT, BEGINS, FURTHER, WITHIN = range(4)
MIN_WITHIN = 3
"""How many letters a word must have to match the middle of another."""
_PARTED = re.compile(r"[\s_-]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; hyphens and underscores separate words."""
    return [word for word in _PARTED.split(text.casefold()) if word]


def rank(words: list[str], title: str, *texts: str) -> int | None:
    """Return how well `words` match, 0 being best, or None if any of them matches nothing.

    A word equals or starts a word of `title`, or one of `texts`; or it is a part of any, if it has three letters.
    """
    named, further = words_of(title), words_of(" ".join(texts))
    whole = " ".join([*named, *further])
    ranks = [_rank(word, named, further, whole) for word in words]
    return None if None in ranks else sum(one for one in ranks if one is not None)


def _rank(word: str, named: list[str], further: list[str], whole: str) -> int | None:
    if word in named:
        return EXACT
    if any(one.startswith(word) for one in named):
        return BEGINS
    if any(one.startswith(word) for one in further):
        return FURTHER
    return WITHIN if len(word) >= MIN_WITHIN and word in whole else None
