"""Compliance checks of the banner's notice and the second layer's lists, numbered as in docs/scanner.md."""

import json
import re
from collections.abc import Iterator
from functools import cache

from consent.core.groups import OPTIONAL
from consent.scanner.audit.classify_items import Identifier
from consent.scanner.audit.inventory import Inventory, registrable
from consent.scanner.audit.leaks import Finding
from consent.scanner.browser.page_files import FOLDER
from consent.scanner.model.scan_result import PageJson, VisitResult

MIN_WORD_LENGTH = 3
TAIL = re.compile(r"[0-9A-F]{4,}.*|[0-9a-f]{8,}.*|\d{3,}.*|\*.*")
"""The part of a name that differs by visitor or by property."""


def check_notice(visit: VisitResult, inventory: Inventory, identifier: Identifier) -> Iterator[Finding]:
    """Yield whether the first layer names controller, purposes, recipients and withdrawal before answers: check 14."""
    answers = [button for kind in ("accept", "reject") if (button := visit["banner"].get(f"{kind} 1280"))]
    if "accept 1280" not in visit["banner"]:
        return  # an opt-out control alone doesn't ask for consent
    region, language = visit["region"], _language(answers[0])
    words = min((answer["words_before"] for answer in answers), key=len)
    stems = _stems().get(language)
    if stems is None:
        sentence = f"The first layer's text can't be checked in its language ({language or 'not named'})."
        yield Finding("notice", "skipped", sentence, region, (), 14)
        return
    missing = list(_missing_statements(words, stems, _groups_seen(inventory, identifier), identifier))
    sentence = (
        "Above its answers, the first layer states controller, purposes, number of third parties, and withdrawal."
    )
    if missing:
        sentence = f"Above its answers, the first layer doesn't say {'; '.join(missing)}."
    yield Finding("notice", "fail" if missing else "ok", sentence, region, (), 14)


def check_listed(
    visits: list[VisitResult], region: str | None, inventory: Inventory, identifier: Identifier
) -> Iterator[Finding]:
    """Yield whether all that can load or be stored after a grant is listed with its vendor and policy: check 15."""
    facts = next((v["banner"].get("listed") for v in visits if (v["state"], v["region"]) == ("none", region)), None)
    policies = [
        f["policy"] for v in visits for p in v["pages"] for f in p["frames"] if f["is_main"] and f.get("policy")
    ]
    if not facts and not policies:
        return
    text = " ".join(((facts or {"text": ""})["text"], *policies))
    missing = _unlisted_cookies(text, region, inventory, identifier)
    missing += list(_unlisted_vendors(text, facts["links"], identifier)) if facts else []
    sentence = "Everything that can load, and everything stored after accepting, is listed."
    if missing:
        named = ", ".join(missing[:8])
        sentence = f"These are listed neither in the second layer nor on a policy page: {named}."
    yield Finding("listed", "fail" if missing else "ok", sentence, region, tuple(missing[8:50]), 15)


def _missing_statements(words: str, stems: dict[str, str], groups: list[str], identifier: Identifier) -> Iterator[str]:
    controller = identifier.promise.controller
    label = registrable(identifier.site_host).partition(".")[0]
    if controller:
        named = controller.lower() in words.lower()
    else:
        named = bool(re.search(stems["controller"], words, re.I)) or label in re.sub(r"[\s-]", "", words.lower())
    if not named:
        yield f"who is responsible ({controller})" if controller else "who is responsible"
    for group in groups:
        if not re.search(stems[group], words, re.I):
            yield f"that {group} tags or cookies are used"
    if groups and not re.search(stems["others"], words, re.I):
        yield "that third parties are involved"
    elif groups and not re.search(r"\d", words):
        yield "how many third parties are involved"
    if not re.search(stems["withdraw"], words, re.I):
        yield "that the choice can be withdrawn"


def _groups_seen(inventory: Inventory, identifier: Identifier) -> list[str]:
    """Return the groups of the config's tags; without a config, those of the third-party items found."""
    known = {str(tag["group"]) for tag in identifier.promise.tags if tag["enabled"]}
    if not identifier.promise.tags:
        verdicts = [(item, identifier.verdict(item)) for item in inventory.items]
        known = {
            verdict.group for item, verdict in verdicts if verdict.vendor or (item.kind == "host" and item.third_party)
        }
    return [group for group in OPTIONAL if group in known]


def _unlisted_cookies(text: str, region: str | None, inventory: Inventory, identifier: Identifier) -> list[str]:
    key = f"accept {region}" if region else "accept"
    unlisted = [
        one for one in inventory.items if one.kind in ("cookie", "local_storage", "session_storage") and key in one.seen
    ]
    names = [one.name for one in unlisted if identifier.verdict(one).group in OPTIONAL]
    return [name for name in dict.fromkeys(names) if not any(part in text for part in _parts(name))]


def _parts(name: str) -> list[str]:
    """Return a name, and its prefix without the part that differs by visitor."""
    begin = TAIL.sub("", name).rstrip("_-.")
    return [name, begin] if len(begin) >= MIN_WORD_LENGTH else [name]


def _unlisted_vendors(text: str, links: list[str], identifier: Identifier) -> Iterator[str]:
    """Yield the vendors of enabled tags whose name, or the policy stated in the config, isn't listed."""
    loading = {str(tag["vendor"]) for tag in identifier.promise.tags if tag["enabled"]}
    for vendor in identifier.promise.vendors:
        if vendor["id"] not in loading:
            continue
        policy = vendor.get("privacy_url")
        if str(vendor.get("name") or vendor["id"]) not in text:
            yield str(vendor["id"])
        elif policy and not any(link.rstrip("/") == str(policy).rstrip("/") for link in links):
            yield f"the policy of {vendor['id']}"


def _language(answer: PageJson) -> str:
    return str(answer["language"] or answer["page_language"]).partition("-")[0].lower()


@cache
def _stems() -> dict[str, dict[str, str]]:
    """Return the patterns that recognize each kind of statement, by language."""
    by_language: dict[str, dict[str, str]] = json.loads((FOLDER / "notice.json").read_text("utf-8"))
    return by_language
