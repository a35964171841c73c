"""What a page works with that is older than the last publish: what is live now, as far as that page has told of it.

Its first layer, its purpose keys and the config that its receipts name are of the time before. So what it fetches later
offers no vendor and no purpose that it did not name, and speaks in its own words; what the owner has taken away since is
gone from it.
"""

from typing import Any

from consent.core.groups import ESSENTIAL
from consent.snapshots.ahead import newest_keys
from consent.snapshots.compile import CompiledConfig

NOT_COVERED = "not_covered"


def older_page_facts(
    page: CompiledConfig, live: CompiledConfig, resolved: tuple[dict[str, Any], dict[str, Any]], language: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return facts for the part `acts`, and a resolved config, for a page of the config `page` while `live` is live.

    `resolved` are both configs under the rule of the visit. The site may offer `language` no longer.
    """
    before, now = resolved
    keys = newest_keys(before)
    tags = [tag | {"hold": tag["hold"] or _why_held(tag, keys)} for tag in now["tags"]]
    facts = live.acts_facts(language if language in live.languages else live.default_language)
    return facts | {"texts": page.acts_facts(language)["texts"]}, now | {"tags": tags}


def _why_held(tag: dict[str, Any], keys: dict[str, str]) -> str | None:
    """Return why a page whose choices are written under `keys` holds `tag`, or None where it told of it."""
    return None if tag["group"] == ESSENTIAL or keys[tag["group"]] in tag["covered"] else NOT_COVERED
