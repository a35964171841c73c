"""Add the tags found on a page to the draft, as snippets that the page loads and the blocker controls."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from consent.classifier.catalog import Catalog, ParameterError, TagTemplate, Vendor, fill
from consent.classifier.tag_template import MAX_LENGTH, matches
from consent.core.documents.config import Draft
from consent.core.documents.tags import Load
from consent.core.groups import ESSENTIAL, last_group
from consent.sites.custom.code import MARKED, NOTHING, is_custom, load_of
from consent.sites.custom.vendor_export import PREFIX
from consent.sites.draft import add_tag, change_tag, remove_tag
from consent.sites.found_tags import FoundTag
from consent.sites.in_page_tags import set_in_page
from consent.sites.own_host.found_mounts import further_mounts, with_mounts, without_mounts
from consent.sites.seen_in_page import host_of
from consent.sites.self_hosted_vendors import further_hosts, with_hosts, without_hosts

NEW, CONFIRM, TWICE, ELSEWHERE = "new", "confirm", "twice", "elsewhere"
"""Can be added; can be added once a user says why it is essential; is in the draft but also loaded; lacks its host."""
THERE, FREE, UNKNOWN = "there", "free", "unknown"
"""Is in the draft and held; needs no tag; has no known vendor."""


class Offer(NamedTuple):
    """A found tag with what can be done about it; `tag` is the id of its tag in the draft, empty if there is none."""

    found: FoundTag
    state: str
    group: str | None = None
    vendor: Vendor | None = None
    template: TagTemplate | None = None
    tag: str = ""
    hosts: tuple[str, ...] = ()
    """Hosts that its snippet loads from and its vendor doesn't have."""
    mounts: tuple[str, ...] = ()
    """Paths of the site's own host that proxy it and that its vendor doesn't have in the draft."""

    @property
    def key(self) -> str:
        """Return the key of the kind of tag that this would become."""
        return f"{self.found.vendor}/{self.template.id if self.template else ''}"

    @property
    def host(self) -> str:
        """Return the host that the tag is loaded from."""
        return host_of(self.found)


class Added(NamedTuple):
    """The ids of tags added to a draft, and of those now marked as part of the page.

    `hosts` are further hosts by tag id, `mounts` further mounts by the id of a vendor that was already there. `asked`
    are groups that visitors are asked for from now on, since something unknown waits for them.
    """

    new: list[str]
    switched: list[str]
    hosts: dict[str, list[str]]
    mounts: dict[str, list[str]]
    asked: list[str]


def offers(draft: Draft, tags: Iterable[FoundTag], catalog: Catalog) -> list[Offer]:
    """Return `tags` in order, with what can be done about each."""
    return [_offer(draft, one, catalog) for one in tags]


def add(
    draft: Draft, offered: Iterable[Offer], necessities: Mapping[str, str], awaited: Iterable[str] = ()
) -> tuple[Draft, Added]:
    """Return `draft` with the found tags, and what that changed.

    `necessities` maps the key of an offer to what doesn't work without the essential tag; an essential tag without an
    entry is left out. `awaited` are the groups that unknown third parties on the page wait for, so that visitors are
    asked for them.
    """
    added = Added([], [], {}, {}, [])
    for offer in _merge_duplicates(offered):
        necessity = necessities.get(offer.key, "")
        if offer.state == TWICE:
            draft = set_in_page(draft, offer.tag, True)
            added.switched.append(offer.tag)
        if offer.tag and offer.mounts and offer.vendor:
            draft = with_mounts(draft, offer.vendor.id, offer.mounts)
            added.mounts[offer.vendor.id] = [*added.mounts.get(offer.vendor.id, ()), *offer.mounts]
        if offer.tag and offer.hosts:
            draft = with_hosts(draft, offer.tag, offer.hosts)
            added.hosts[offer.tag] = list(offer.hosts)
        elif offer.state == NEW or (offer.state == CONFIRM and necessity):
            draft = _with_offer(draft, offer, necessity)
            added.new.append(draft["tags"][-1]["id"])
    added.asked.extend(unasked(draft, awaited))
    return _with_asked_groups(draft, [*draft["overrides"].get("asked_groups", []), *added.asked]), added


def unasked(draft: Draft, groups: Iterable[str]) -> list[str]:
    """Return those of `groups` that visitors aren't asked for yet, because no enabled tag is in them."""
    asked = {tag["group"] for tag in draft["tags"] if tag["enabled"]} | {*draft["overrides"].get("asked_groups", [])}
    return [group for group in groups if group not in asked]


def _with_asked_groups(draft: Draft, groups: list[str]) -> Draft:
    if groups == draft["overrides"].get("asked_groups", []):
        return draft
    return draft | {"overrides": draft["overrides"] | {"asked_groups": groups}}


def take_back(draft: Draft, added: Added) -> Draft:
    """Return `draft` without what `add` put into it, as far as that is still there."""
    for tag in added.new:
        draft = remove_tag(draft, tag)
    groups = [group for group in draft["overrides"].get("asked_groups", []) if group not in added.asked]
    draft = _with_asked_groups(draft, groups)
    for vendor, mounts in added.mounts.items():
        draft = without_mounts(draft, vendor, mounts)
    present = {tag["id"] for tag in draft["tags"]}
    for tag in present.intersection(added.hosts):
        draft = without_hosts(draft, tag, added.hosts[tag])
    for tag in present.intersection(added.switched):
        draft = set_in_page(draft, tag, False)
    return draft


def group_of(vendor: Vendor, template: TagTemplate) -> str:
    """Return the group of a tag made from `template`: the last among its own and those of its vendor's cookies."""
    return last_group([template.group, *(cookie["group"] for cookie in vendor.document["cookies"])])


def load_in_page(template: TagTemplate, parameters: Mapping[str, str]) -> tuple[Load, dict[str, str]]:
    """Return the load of a tag that is part of the page, with those of its `parameters` that are valid.

    If one is missing, the service can't load the tag; it doesn't need to while the tag is part of the page.
    """
    read = [(one, parameters.get(one.id, "")) for one in template.parameters]
    right = {one.id: value for one, value in read if value and len(value) <= MAX_LENGTH and matches(one, value)}
    try:
        return fill(template, right), right
    except ParameterError:
        return NOTHING.copy(), right


def _offer(draft: Draft, found_tag: FoundTag, catalog: Catalog) -> Offer:
    vendor = _vendor(found_tag, catalog)
    if vendor is None:
        return Offer(found_tag, UNKNOWN)
    found_tag = found_tag._replace(vendor=vendor.id)
    template = next((one for one in vendor.tags if one.id == found_tag.template), next(iter(vendor.tags), None))
    if template is None:
        return Offer(found_tag, FREE if vendor.group == ESSENTIAL else UNKNOWN, vendor.group, vendor)
    group = group_of(vendor, template)
    tags = [tag for tag in draft["tags"] if tag["vendor"] == vendor.id]
    same = [tag for tag in tags if tag["template"] == found_tag.template or not found_tag.template]
    mounts = further_mounts(draft, found_tag, vendor)
    if same:
        loaded = [tag for tag in same if load_of(tag)["type"] != MARKED]
        tag = (loaded or same)[0]
        hosts = tuple(one for one in further_hosts(draft, found_tag, vendor) if one not in tag["load"].get("hosts", ()))
        hosts = () if is_custom(tag) else hosts  # its hosts are part of what was approved
        state = TWICE if loaded else ELSEWHERE if hosts or mounts else THERE
        return Offer(found_tag, state, tag["group"], vendor, template, tag["id"], hosts, mounts)
    hosts = further_hosts(draft, found_tag, vendor)
    return Offer(found_tag, CONFIRM if group == ESSENTIAL else NEW, group, vendor, template, "", hosts, mounts)


def _vendor(tag: FoundTag, catalog: Catalog) -> Vendor | None:
    """Return the vendor of a found tag; if none is known, the one that the site has since named for its host."""
    if tag.vendor:
        return next((one for one in catalog.vendors if one.id == tag.vendor), None)
    return next((one for one in catalog.vendors_at(host_of(tag)) if one.id.startswith(PREFIX)), None)


def _merge_duplicates(offered: Iterable[Offer]) -> list[Offer]:
    """Return one offer for each kind of tag: the one with the most parameters, with the hosts and mounts of all."""
    duplicates: dict[str, list[Offer]] = {}
    for offer in offered:
        duplicates.setdefault(offer.tag or offer.key, []).append(offer)
    best = [(max(same, key=lambda one: len(one.found.parameters)), same) for same in duplicates.values()]
    return [
        one._replace(
            hosts=tuple(dict.fromkeys(host for other in same for host in other.hosts)),
            mounts=tuple(dict.fromkeys(mount for other in same for mount in other.mounts)),
        )
        for one, same in best
    ]


def _with_offer(draft: Draft, offer: Offer, necessity: str) -> Draft:
    assert offer.vendor  # noqa: S101 - what can be added has both
    assert offer.template  # noqa: S101
    load, parameters = load_in_page(offer.template, offer.found.parameters)
    new = add_tag(draft, offer.vendor, offer.template.id, load, parameters)
    tag = new["tags"][-1]
    if necessity:
        new = change_tag(new, tag["id"], {"necessity": necessity})
    if offer.hosts:
        new = with_hosts(new, tag["id"], offer.hosts)
    if offer.mounts:
        new = with_mounts(new, offer.vendor.id, offer.mounts)
    return new if offer.template.load["type"] == MARKED else set_in_page(new, tag["id"], True)
