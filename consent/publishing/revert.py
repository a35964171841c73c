"""Revert parts of a draft to the live version: single changes, or all of them."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, cast

from consent.core.documents.config import Config, Draft
from consent.core.documents.tags import Tag
from consent.publishing.publish import Change, cookie_parts, differences, thaw
from consent.sites.custom.rules import custom_rule_name
from consent.sites.draft import remove_tag
from consent.sites.draft_changes import tag_order
from consent.sites.experiments.variants import control

SETTINGS = ("controller", "look", "overrides")


def reverted(draft: Draft, live: Config, subjects: Iterable[str]) -> Draft:
    """Return `draft` with the changes of these `subjects` reverted, as `differences` names them; others stay.

    A restored tag brings back its vendor and cookies, in their former places. Raises KeyError for a subject without
    changes.
    """
    changes = {change.subject: change for change in differences(draft, live)}
    new, old = copy.deepcopy(draft), thaw(live, draft)
    for subject in subjects:
        new = _revert(new, old, changes[subject])
    return new


def discarded(draft: Draft, live: Config) -> Draft:
    """Return a draft equal to the live config; languages that someone has read stay confirmed."""
    return copy.deepcopy(thaw(live, draft))


def _revert(draft: Draft, old: Draft, change: Change) -> Draft:
    word, _, rest = change.subject.partition(" ")
    before: Any = copy.deepcopy(change.before)
    if word == "tag":
        return _revert_tag(draft, old, rest)
    if word == "vendor":
        others = [vendor for vendor in draft["vendors"] if vendor["id"] != rest]
        return _with(draft, "vendors", _with_entry_restored(draft["vendors"], others, before, rest))
    if word in SETTINGS:
        return _with_setting(draft, word, rest, before)
    if word in ("rule", "one-rule", "reason"):
        return _revert_rule(draft, word, rest, before)
    if word in ("text", "words", "links"):
        return _revert_texts(draft, old, word, rest, before)
    if change.subject == "experiment":
        return _with(draft, "variants", before or [control()])
    if change.subject == "hosts":
        return _with(draft, "hosts", before)
    if change.subject == "default language":
        return _with(draft, "texts", {**draft["texts"], "default_language": before})
    if change.subject == "order of tags":
        return draft | {"tags": _reordered(draft, old)}
    return _revert_cookie(draft, old, change)


def _revert_tag(draft: Draft, old: Draft, tag_id: str) -> Draft:
    tag = next((one for one in old["tags"] if one["id"] == tag_id), None)
    if tag is None:
        return remove_tag(draft, tag_id)
    others = [one for one in draft["tags"] if one["id"] != tag_id]
    new = draft | {"tags": _with_tag_restored(draft, others, old, tag)}
    if tag["vendor"] in {vendor["id"] for vendor in draft["vendors"]}:
        return new
    vendors = [*draft["vendors"], *(vendor for vendor in old["vendors"] if vendor["id"] == tag["vendor"])]
    cookies = [*draft["cookies"], *(cookie for cookie in old["cookies"] if cookie["vendor"] == tag["vendor"])]
    places = {vendor["id"]: place for place, vendor in enumerate(old["vendors"])}
    names = {name: place for place, name in enumerate(cookie_parts(old["cookies"]))}
    named = sorted(cookie_parts(cookies).items(), key=lambda entry: names.get(entry[0], len(names)))
    vendors.sort(key=lambda vendor: places.get(vendor["id"], len(places)))
    return copy.deepcopy(new | {"vendors": vendors, "cookies": [cookie for _, cookie in named]})


def _with_tag_restored(draft: Draft, others: list[Tag], old: Draft, tag: Tag) -> list[Tag]:
    """Return `others` with `tag` in its current place, or else after the tag that it used to follow."""
    ids = [one["id"] for one in draft["tags"]]
    if tag["id"] in ids:
        at = ids.index(tag["id"])
    else:
        former = [one["id"] for one in old["tags"]]
        present = [one["id"] for one in others]
        preceding = [one for one in former[: former.index(tag["id"])] if one in present]
        at = present.index(preceding[-1]) + 1 if preceding else 0
    return [*others[:at], tag, *others[at:]]


def _with_entry_restored(entries: list[Any], others: list[Any], before: Any, key: str) -> list[Any]:
    """Return `others` with `before`, if not None, in the place of the entry `key`, or at the end."""
    at = next((number for number, entry in enumerate(entries) if entry["id"] == key), len(others))
    return others if before is None else [*others[:at], before, *others[at:]]


def _with_setting(draft: Draft, section: str, name: str, value: object) -> Draft:
    section_facts: Mapping[str, object] = draft[section]  # type: ignore[literal-required]
    facts = {fact: held for fact, held in section_facts.items() if fact != name}
    return _with(draft, section, facts if value is None else {**facts, name: value})


def _with(draft: Draft, section: str, value: object) -> Draft:
    return cast(Draft, {**draft, section: value})


def _revert_rule(draft: Draft, word: str, name: str, value: object) -> Draft:
    before: Any = value
    new = copy.deepcopy(draft)
    overrides = new["overrides"]
    if word == "reason":
        reasons = overrides.setdefault("reasons", {})
        reasons.pop(name, None)
        if before is not None:
            reasons[name] = before
    elif word == "rule":
        rules = [entry for entry in overrides.get("rules", []) if custom_rule_name(entry) != name]
        overrides["rules"] = rules if before is None else [*rules, before]
    else:
        one_rule = [entry for entry in overrides.get("one_rule", []) if entry["country"] != name]
        overrides["one_rule"] = one_rule if before is None else [*one_rule, before]
    return new


def _revert_texts(draft: Draft, old: Draft, word: str, language: str, value: object) -> Draft:
    before: Any = value
    new = copy.deepcopy(draft)
    texts = new["texts"]
    if word == "links":
        links = texts.setdefault("links", {})
        links.pop(language, None)
        if before is not None:
            links[language] = before
        if not links:
            texts.pop("links")
    elif word == "words":
        texts["languages"][language] = before or {}
    elif language in old["texts"]["languages"]:
        texts["languages"][language] = copy.deepcopy(old["texts"]["languages"][language])
    else:
        texts["languages"].pop(language, None)
    return new


def _revert_cookie(draft: Draft, old: Draft, change: Change) -> Draft:
    now, then = cookie_parts(draft["cookies"]), cookie_parts(old["cookies"])
    if change.subject not in {**now, **then}:
        raise KeyError(change.subject)
    cookies = [then.get(name) if name == change.subject else cookie for name, cookie in now.items()]
    if change.subject not in now:
        cookies.append(then[change.subject])
    return copy.deepcopy(draft | {"cookies": [cookie for cookie in cookies if cookie is not None]})


def _reordered(draft: Draft, old: Draft) -> list[Tag]:
    """Return the tags with those in both drafts put in the order of `old`, within the places that they occupy now."""
    wanted = tag_order(old, draft)
    known, left = {tag["id"]: tag for tag in draft["tags"]}, iter(wanted)
    return [known[next(left)] if tag["id"] in wanted else tag for tag in draft["tags"]]
