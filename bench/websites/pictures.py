"""Compare screenshots tile by tile in the browser, with and without our lines."""

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import Page

MOST = 0.01
"""The share of tiles that may differ: a caret, a rounded corner, a word that moved by a pixel."""
COMPARE = (Path(__file__).parent / "pictures.js").read_text("utf-8")


def difference(page: Page, without: list[Path], mine: Path) -> str:
    """Return how much of `mine` differs from the pictures `without` us, or "" if it is within the limit.

    `page` is an empty page in which they are compared.
    """
    pictures = (path.read_bytes() for path in (mine, *without))
    urls = [f"data:image/png;base64,{b64encode(picture).decode()}" for picture in pictures]
    share = float(page.evaluate(COMPARE, urls))
    return f"{share:.1%} of {mine.name}" if share > MOST else ""
