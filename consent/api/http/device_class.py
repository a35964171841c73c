"""Reduce a user agent string to a coarse device class and a bot flag, for statistics."""

import re
from functools import lru_cache
from typing import NamedTuple

from crawlerdetect import CrawlerDetect

MAX_LENGTH = 256
_LONG_WORD = re.compile(r"([^\s;()]{32})[^\s;()]+")
_detector = CrawlerDetect()


class Agent(NamedTuple):
    """One of `consent.storage.tables.statistics.DEVICES`, and whether the client declares itself a bot."""

    device: str
    is_bot: bool


def read_agent(text: str) -> Agent:
    """Return the class of a user agent string; nothing else of it is stored."""
    return _read(text[:MAX_LENGTH])


@lru_cache(4096)
def _read(text: str) -> Agent:
    # The patterns take quadratic time in a word's length: thousands of letters would take seconds.
    return Agent(_device(text), _detector.is_crawler(_LONG_WORD.sub(r"\1", text)))


def _device(text: str) -> str:
    """Return the class from the words that browsers reserve for it (MDN, "Browser detection using the user agent").

    A tablet that requests desktop pages, such as an iPad, counts as a desktop.
    """
    if not text:
        return "unknown"
    if "iPad" in text or "Tablet" in text or ("Android" in text and "Mobi" not in text):
        return "tablet"
    return "phone" if "Mobi" in text else "desktop"


_read("")
_detector.is_crawler("compile the patterns before the first visitor comes")
