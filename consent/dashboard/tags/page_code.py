"""Code that a tag needs in the site's own pages: HTML to copy, marked already, and whether a browser has seen it there."""

from collections.abc import Collection, Iterable
from html import escape

from consent.classifier.catalogue import TagTemplate, Vendor
from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.core.groups import ESSENTIAL, GROUPS, OPTIONAL
from consent.sites.custom_code import MARKED, load_of

MISSING, SEEN = "missing", "seen"
"""What is known of a tag's code in the page: nobody has seen it, or a check, a scan or visitors' browsers have."""
GENERIC = """<script type="text/plain" data-consent="{group}" data-vendor="{vendor}">
  THE CODE THAT {NAME} GIVES
</script>
<!-- or, by an address -->
<script type="text/plain" data-consent="{group}" data-vendor="{vendor}" data-src="https://ADDRESS"></script>
<iframe data-consent="{group}" data-vendor="{vendor}" data-src="https://ADDRESS" title="TITLE"></iframe>"""
"""The marks of docs/embedding.md, for what the catalogue has no code of."""


def code_state(tag: Tag, seen: Collection[str]) -> str:
    """Return what is known of the code of `tag` in the page, by the ids of vendors that were `seen` there.

    Empty where the service loads it, and for what is essential, which runs in the page as it stands.
    """
    if load_of(tag)["type"] != MARKED or tag["group"] == ESSENTIAL:
        return ""
    return SEEN if tag["vendor"] in seen else MISSING


def tags_without_code(draft: Draft, seen: Collection[str]) -> list[Tag]:
    """Return the tags that are on and of whose code in the page nothing was seen, so that nothing may ever run."""
    return [tag for tag in draft["tags"] if tag["enabled"] and code_state(tag, seen) == MISSING]


def page_code(vendor: Vendor, template: TagTemplate, group: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Return the HTML that goes into the page for a tag of `template`; empty where the service needs nothing of the page."""
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
