"""A site's draft as pages read and change it, and the live config beside it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import flash, session
from flask_security import current_user

from consent.dashboard.changes import number_of_changes
from consent.dashboard.services import services
from consent.dashboard.telling import tell
from consent.snapshots.draft import Draft, check_draft
from consent.snapshots.draft_parts import changed_parts
from consent.snapshots.publish import Change, differences
from consent.storage import configs, origins, sites
from consent.storage.models import db
from consent.storage.sites import FoundSite, StaleDraft

TRIES = 5


@dataclass(frozen=True)
class SiteState:
    """The draft of a site with its revision, and the live config's document or None.

    `text` and `body` are draft and live config as they are stored.
    """

    draft: Draft
    revision: int
    live: dict[str, Any] | None
    text: str
    body: bytes | None

    @cached_property
    def changes(self) -> list[Change]:
        """Return what differs between draft and live config, found once: in 40 languages it takes milliseconds."""
        return differences(self.draft, self.live)

    @property
    def pending(self) -> int:
        """Return how many changes wait for a publish; of a site that was never published, how many tags."""
        if self.live is None:
            return len(self.draft["tags"])
        return number_of_changes(self.changes)


def site_state(site: FoundSite) -> SiteState:
    """Return the draft and the live config of `site`."""
    row = sites.read_draft(db.session, site.id)
    draft: Draft = json.loads(row.text)
    body = configs.get_config(db.session, site.live_config) if site.live_config else None
    live = json.loads(body) if body is not None else None
    return SiteState(draft, row.revision, live, row.text, body)


def config_document(name: str | None) -> dict[str, Any] | None:
    """Return the document of the config `name`, or None."""
    body = configs.get_config(db.session, name) if name else None
    document: dict[str, Any] | None = json.loads(body) if body is not None else None
    return document


def change_draft(site: FoundSite, change: Callable[[Draft], Draft]) -> Draft:
    """Save what `change` makes of the draft of `site`, and return it.

    Pages change one part each, so one that somebody else saved meanwhile is read again and changed once more.

    Raises DraftError where the changed draft is faulty, StaleDraft where others were faster each time.
    """
    for _ in range(TRIES):
        row = sites.read_draft(db.session, site.id)
        draft = json.loads(row.text)
        document = change(draft)
        check_draft(document, services().rules.codes)
        try:
            sites.save_draft(db.session, site.id, json.dumps(document, ensure_ascii=False), row.revision)
        except StaleDraft:
            db.session.rollback()
            continue
        before, after = changed_parts(draft, document)
        if before or after:
            tell(site, "draft.changed", f"draft {row.revision + 1}", before, after)
            note_edit(site, {*before, *after})
        db.session.commit()
        return document
    raise StaleDraft


def note_edit(site: FoundSite, parts: set[str]) -> None:
    """Note who changed what, and warn where the draft is kept in a file that would bring the old values back."""
    origins.edited(db.session, site.id, parts, current_user.audit_id, services().now)
    if imported := origins.last_import(db.session, site.id):
        words = (
            f"This site is kept in the file {imported.file}: bring the change into it, or the next import stops at it."
        )
        if ("info", words) not in [tuple(one) for one in session.get("_flashes", ())]:
            flash(words, "info")
