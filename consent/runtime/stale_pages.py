"""Data for pages that loaded before the last publish: the live config, limited to known vendors and purposes.

Such a page has the first layer, purpose keys and config name (for its receipts) of the old version. So its later
requests offer no vendor or purpose that it didn't show, and use its own texts; vendors and purposes that the owner has
removed since are left out.
"""

from consent.core.documents.resolved import Resolved, ResolvedTag
from consent.core.documents.script_payload import Acts
from consent.core.groups import ESSENTIAL
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.precomputed_decisions import newest_keys

NOT_COVERED = "not_covered"


def older_page_facts(
    page: CompiledConfig, live: CompiledConfig, resolved: tuple[Resolved, Resolved], language: str
) -> tuple[Acts, Resolved]:
    """Return facts for the part `acts`, and a resolved config, for a page of the config `page` while `live` is live.

    `resolved` are both configs under the rule of the visit. The site may no longer offer `language`.
    """
    before, now = resolved
    keys = newest_keys(before)
    tags = [tag | {"hold": tag["hold"] or _hold_reason(tag, keys)} for tag in now["tags"]]
    facts = live.acts_facts(language if language in live.languages else live.default_language)
    return facts | {"texts": page.acts_facts(language)["texts"]}, now | {"tags": tags}


def _hold_reason(tag: ResolvedTag, keys: dict[str, str]) -> str | None:
    """Return why a page whose choices are written under `keys` holds `tag`, or None if the page named it."""
    return None if tag["group"] == ESSENTIAL or keys[tag["group"]] in tag["covered"] else NOT_COVERED
