"""Index page of an evidence pack: a readable summary with a link to each file."""

import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from consent.core.days import date_of
from consent.evidence.banners_shown import SHOW_WORDS
from consent.evidence.collect import SIGNED_AT, EvidenceData
from consent.sites.moving.mapping import mapping_name
from consent.sites.moving.old_choices import RUNNING, TOOLS
from consent.storage.receipts.serializers import to_time
from consent.storage.sites.configs import Version
from consent.storage.sites.sites import SiteRow

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_pages.filters.update(time=to_time, date=date_of)


def index_page(site: SiteRow, day: datetime.date, version: Version, data: EvidenceData, manifest: str) -> bytes:
    """Return the page as self-contained HTML."""
    overrides = data.document["overrides"]
    mapping = overrides.get("old_choices")
    page = _pages.get_template("index.html").render(
        site=site,
        day=day,
        version=version,
        found=data,
        manifest=manifest,
        checkpoint_file=SIGNED_AT,
        languages=sorted(data.document["texts"]["languages"]),
        show_words=SHOW_WORDS,
        files=sorted(data.files),
        old_tool=RUNNING.get(overrides.get("old_tool", "")),
        mapping={"tool": TOOLS[mapping["tool"]].name, "name": mapping_name(mapping)} if mapping else None,
    )
    return page.encode()
