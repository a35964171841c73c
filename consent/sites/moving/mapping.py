"""The mapping by which choices made with another tool count here: its name, and a suggestion for a user to correct."""

import re
from collections.abc import Iterable

from consent.core.documents import Draft, OldChoices
from consent.core.groups import ESSENTIAL
from consent.signing.canonical_json import canonical, sha256_name
from consent.sites.moving.old_choices import TOOLS, VENDOR


def mapping_name(mapping: OldChoices) -> str:
    """Return what receipts call a mapping: `sha256:` and the hash of its canonical JSON."""
    return sha256_name(canonical(mapping))


def suggested(draft: Draft, tool: str, names: Iterable[str] = ()) -> OldChoices:
    """Return a mapping of `tool` with its default categories and the `names` of a site's own, each where the site has it.

    A name that is none of the site's vendors is left out: a user says what it stands for.
    """
    categories = dict(TOOLS[tool].categories)
    for name in names:
        vendor = vendor_named(draft, name)
        if vendor and name not in categories:
            categories[name] = VENDOR + vendor
    vendors = [tag["vendor"] for tag in draft["tags"] if tag["group"] != ESSENTIAL]
    return {
        "tool": tool,
        "cookie": TOOLS[tool].cookie,
        "categories": categories,
        "vendors": sorted(set(vendors)),
        "delete": False,
    }


def vendor_named(draft: Draft, name: str) -> str | None:
    """Return the vendor of the draft whose id is `name`, but for case and signs: `googleAnalytics` is `google-analytics`."""
    return next((one["id"] for one in draft["vendors"] if plain(one["id"]) == plain(name)), None)


def is_name(name: str) -> bool:
    """Return whether a mapping can have `name` as that of a category or service."""
    return re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]{0,78}[\x21-\x7e])?", name) is not None


def plain(name: str) -> str:
    """Return the letters and digits of a name, in small letters."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
