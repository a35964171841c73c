"""Carry the settings of a group of sites into the drafts of its sites, which are published like any other change."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from consent.core.documents.config import Draft
from consent.core.rules import Rules
from consent.log.audit_author import Author
from consent.log.entry import INSTANCE
from consent.publishing.site_groups.shared_settings import (
    SECTIONS,
    GroupSettings,
    applied,
    changed_names,
    differs,
    names_of,
    own_settings,
    pending_settings,
    section_of,
    settings_of,
    with_own,
    with_pending,
)
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_changes import changed_parts
from consent.storage.accounts import site_groups
from consent.storage.database.base import Transaction
from consent.storage.sites import draft_origins, sites
from consent.storage.sites.sites import SiteRow


@dataclass(frozen=True, slots=True)
class Reach:
    """What a change of a group did, by site key: `changed` and `kept` have settings, `failed` a sentence.

    A site keeps a setting if its value was its own, and fails if its draft would have been invalid.
    """

    changed: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def members(transaction: Transaction, group: str) -> list[SiteRow]:
    """Return the sites of a group that are in use, by name."""
    ids = site_groups.every(transaction).get(group, [])
    return [site for site in sites.present(transaction) if site.id in ids and site.archived_at is None]


def change_settings(
    transaction: Connection,
    group: str,
    settings: GroupSettings,
    revision: int,
    by: Author,
    rules: Rules,
    now: int,
    source: str = "",
) -> Reach:
    """Save a group's settings, read at `revision`, and change the drafts of all sites that inherit what changed.

    A site whose value was its own keeps it, which is recorded; except the site `source`, whose values they now are.
    Settings that the group didn't hold before change no draft: they are pending where a site differs. Raises
    StaleGroupError.
    """
    before, reach = settings_of(site_groups.shared(transaction, group)), Reach()
    changed = changed_names(before, settings)
    if source:
        own = [name for name in own_settings(before, source) if name not in changed]
        settings = with_own(settings, source, own)
    new = [name for name in names_of(settings) if name not in names_of(before)]
    others = [site for site in members(transaction, group) if site.key != source]
    for site in others if changed or new else ():
        sites.lock_site(transaction, site.id)
        draft: Draft = json.loads(sites.read_draft(transaction, site.id).text)
        own = own_settings(before, site.key)
        pending = [name for name in pending_settings(before, site.key) if differs(draft, before, name)]
        decided = [name for name in changed if name not in pending]
        kept = [name for name in decided if name in own or differs(draft, before, name)]
        followed = [name for name in decided if name not in kept and differs(draft, settings, name)]
        pending += [name for name in new if differs(draft, settings, name)]
        try:
            if followed and apply_to(transaction, site, group, settings, followed, by, rules, now):
                reach.changed[site.key] = followed
        except DraftError as error:
            reach.failed[site.key] = " ".join(error.fields.values())
            pending += followed
        settings = with_pending(settings, site.key, pending)
        if kept:
            reach.kept[site.key] = kept
            settings = with_own(settings, site.key, {*own_settings(settings, site.key), *kept})
    save_settings(transaction, group, settings, revision, by, now)
    return reach


def save_settings(
    transaction: Transaction, group: str, settings: GroupSettings, revision: int, by: Author, now: int
) -> None:
    """Save a group's settings, read at `revision`, without changing drafts. Raises StaleGroupError."""
    was, becomes = (dict(one) for one in (settings_of(site_groups.shared(transaction, group)), settings))
    if was == becomes:
        return
    site_groups.save_shared(transaction, group, json.dumps(settings, ensure_ascii=False), revision)
    before = {part: value for part, value in was.items() if becomes.get(part) != value}
    after = {part: value for part, value in becomes.items() if was.get(part) != value}
    by.record(transaction, INSTANCE, "site_group.settings_changed", group, before, after, now)


def apply_to(
    transaction: Connection,
    site: SiteRow,
    group: str,
    settings: GroupSettings,
    names: Collection[str],
    by: Author,
    rules: Rules,
    now: int,
    revision: int | None = None,
) -> bool:
    """Copy the group's values for `names` into the site's draft, and return whether that changed it.

    `revision` is the draft's revision when someone reviewed the differences. Raises DraftError if the draft would be
    invalid, StaleDraftError if someone has changed it.
    """
    row = sites.read_draft(transaction, site.id)
    if revision is not None and revision != row.revision:
        raise sites.StaleDraftError
    draft: Draft = json.loads(row.text)
    new = with_group_values(draft, settings, names, rules)
    before, after = changed_parts(draft, new)
    if not (before or after):
        return False
    saved = sites.save_draft(transaction, site.id, json.dumps(new, ensure_ascii=False), row.revision)
    draft_origins.edited(transaction, site.id, {*before, *after}, by.who.id, now)
    by.record(transaction, site, "draft.changed", f"draft {saved}", before, after, now)
    held = [name for name in names_of(settings) if name in names]
    facts = {"sections": [one for one in SECTIONS if one in {section_of(name) for name in held}], "settings": held}
    by.record(transaction, site, "site_group.applied", group, None, facts, now)
    return True


def with_group_values(draft: Draft, settings: GroupSettings, names: Collection[str], rules: Rules) -> Draft:
    """Return `draft` with the group's values for `names`. Raises DraftError if they would make it invalid."""
    new = applied(draft, settings, names)
    if any(changed_parts(draft, new)):
        check_draft(new, rules.codes)
    return new


def apply_to_member(
    transaction: Connection,
    site: SiteRow,
    group: str,
    settings: GroupSettings,
    names: Collection[str],
    by: Author,
    rules: Rules,
    now: int,
) -> None:
    """Copy the group's values for `names` into the site's draft; none of those that it now has is pending any longer.

    Raises DraftError, and StaleDraftError also if the group no longer has these values.
    """
    sites.lock_site(transaction, site.id)
    site_groups.lock(transaction, group)
    shared = site_groups.shared(transaction, group)
    current = settings_of(shared)
    if not {*names} <= {*names_of(current)} - {*changed_names(settings, current)}:
        raise sites.StaleDraftError
    apply_to(transaction, site, group, settings, names, by, rules, now)
    draft: Draft = json.loads(sites.read_draft(transaction, site.id).text)
    pending = [name for name in pending_settings(current, site.key) if differs(draft, current, name)]
    save_settings(transaction, group, with_pending(current, site.key, pending), shared.revision, by, now)


def set_members(
    transaction: Transaction, group: str, site_ids: Collection[int], removed: Iterable[SiteRow], by: Author, now: int
) -> None:
    """Set the sites of a group; what was recorded about those `removed` from it is forgotten."""
    site_groups.put(transaction, group, site_ids)
    shared = site_groups.shared(transaction, group)
    settings = settings_of(shared)
    for site in removed:
        settings = with_own(settings, site.key, ())
    save_settings(transaction, group, settings, shared.revision, by, now)
