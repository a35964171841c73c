"""The first page of an evidence pack: what is in it, in words, with a link to each file."""

import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from consent.core.days import date_of
from consent.evidence.gather import SIGNED_AT, Gathered
from consent.evidence.shown import SHOW_WORDS
from consent.storage.configs import Version
from consent.storage.rows import to_time
from consent.storage.sites import FoundSite

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_pages.filters.update(time=to_time, date=date_of)


def index_page(site: FoundSite, day: datetime.date, version: Version, found: Gathered, manifest: str) -> bytes:
    """Return the page as HTML that needs nothing beside it."""
    page = _pages.get_template("index.html").render(
        site=site,
        day=day,
        version=version,
        found=found,
        manifest=manifest,
        checkpoint_file=SIGNED_AT,
        languages=sorted(found.document["texts"]["languages"]),
        show_words=SHOW_WORDS,
        files=sorted(found.files),
    )
    return page.encode()
