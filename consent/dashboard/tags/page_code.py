"""Code that a tag needs in the site's own pages: marked HTML to copy, and whether it has been seen there."""

from collections.abc import Collection, Iterable
from html import escape

from consent.classifier.catalog import TagTemplate, Vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.groups import ESSENTIAL, GROUPS, OPTIONAL
from consent.sites.custom.code import MARKED, load_of

MISSING, SEEN = "missing", "seen"
"""The state of a tag's code in the page: not seen, or seen by a check, a scan or visitors' browsers."""
GENERIC = """<script type="text/plain" data-consent="{group}" data-vendor="{vendor}">
  THE CODE THAT {NAME} GIVES
</script>
<!-- or, by an address -->
<script type="text/plain" data-consent="{group}" data-vendor="{vendor}" data-src="https://ADDRESS"></script>
<iframe data-consent="{group}" data-vendor="{vendor}" data-src="https://ADDRESS" title="TITLE"></iframe>"""
"""Markup as in docs/embedding.md, for tags without code in the catalog."""


def code_state(tag: Tag, seen: Collection[str]) -> str:
    """Return the state of the code of `tag` in the page, from the ids of vendors that were `seen` there.

    Empty if the service loads the tag, and for essential tags, which run in the page as they are.
    """
    if load_of(tag)["type"] != MARKED or tag["group"] == ESSENTIAL:
        return ""
    return SEEN if tag["vendor"] in seen else MISSING


def tags_without_code(draft: Draft, seen: Collection[str]) -> list[Tag]:
    """Return the tags that are on but whose code hasn't been seen in the page, so that they may never run."""
    return [tag for tag in draft["tags"] if tag["enabled"] and code_state(tag, seen) == MISSING]


def page_code(vendor: Vendor, template: TagTemplate, group: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Return the HTML to put into the page for a tag of `template`, or an empty string if it needs none."""
    is_marked = template.load["type"] == MARKED and group != ESSENTIAL
    text = template.page_code or (GENERIC if is_marked else "")
    known = {
        "group": group if group in GROUPS else OPTIONAL[-1],
        "vendor": vendor.id,
        "NAME": vendor.name.upper(),
        **dict(parameters),
    }
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", escape(value))
    return text
