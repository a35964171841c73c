"""Load a site's draft and live config, and change the draft."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from flask import flash, request, session
from flask_babel import gettext
from flask_security import current_user

from consent.core.documents.config import Config, Draft
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.change_descriptions import number_of_changes
from consent.dashboard.frame.context import services
from consent.publishing.publish import Change, differences
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_changes import changed_parts
from consent.storage.database.base import db
from consent.storage.sites import configs, draft_origins, sites
from consent.storage.sites.sites import SiteRow, StaleDraftError

MAX_TRIES = 3


@dataclass(frozen=True)
class SiteState:
    """A site's draft with its revision, and the live config's document or None.

    `text` and `body` are the draft and the live config as stored.
    """

    draft: Draft
    revision: int
    live: Config | None
    text: str
    body: bytes | None

    @cached_property
    def changes(self) -> list[Change]:
        """Return the differences between draft and live config; cached, as in all languages they take milliseconds."""
        return differences(self.draft, self.live)

    @property
    def pending(self) -> int:
        """Return how many changes are unpublished, or the number of tags if the site has never been published."""
        if self.live is None:
            return len(self.draft["tags"])
        return number_of_changes(self.changes)


def site_state(site: SiteRow) -> SiteState:
    """Return the draft and the live config of `site`."""
    row = sites.read_draft(db.session, site.id)
    draft: Draft = json.loads(row.text)
    body = configs.get_config(db.session, site.live_config) if site.live_config else None
    live = _parsed(body) if body is not None else None
    return SiteState(draft, row.revision, live, row.text, body)


def config_document(name: str | None) -> Config | None:
    """Return the document of config `name`, or None; it is cached and shared, so don't modify it."""
    body = configs.get_config(db.session, name) if name else None
    return _parsed(body) if body is not None else None


@lru_cache(16)
def _parsed(body: bytes) -> Config:
    """Return the parsed document; cached, as each page reads the live one twice, with a megabyte of texts."""
    document: Config = json.loads(body)
    return document


def change_draft(site: SiteRow, change: Callable[[Draft], Draft], action: str = "draft.changed") -> Draft:
    """Apply `change` to the draft of `site`, save it with an audit entry of `action`, and return it.

    Each page changes one part, so if someone else has saved meanwhile, the draft is read and changed again.

    The last try locks the site before reading, so that it can't fail when many users save at once.

    Raises DraftError if the changed draft is invalid, StaleDraftError if the site has been deleted meanwhile.
    """
    for left in reversed(range(MAX_TRIES)):
        if not left:
            sites.lock_site(db.session, site.id)
        row = sites.read_draft(db.session, site.id)
        draft = json.loads(row.text)
        document = change(draft)
        check_draft(document, services().rules.codes)
        try:
            sites.save_draft(db.session, site.id, json.dumps(document, ensure_ascii=False), row.revision)
        except StaleDraftError:
            db.session.rollback()
            continue
        before, after = changed_parts(draft, document)
        if before or after:
            audit(site, action, f"draft {row.revision + 1}", before, after)
            note_edit(site, {*before, *after})
        db.session.commit()
        return document
    raise StaleDraftError


def mark_of(*parts: object) -> str:
    """Return a fingerprint of what a form shows, which lets a save detect that someone else saved first."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def check_unchanged(mark: str, sentence: str) -> None:
    """Raise DraftError with `sentence` under `seen` if the submitted form was rendered with another `mark`.

    A form without a mark, as a program may send, is accepted.
    """
    if request.form.get("seen", "") not in ("", mark):
        raise DraftError({"seen": sentence})


def typed_number(text: str) -> int:
    """Return `text` as a number if it is one, else unchanged for `check_draft` to reject."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else cast(int, text)


def note_edit(site: SiteRow, parts: set[str]) -> None:
    """Record an edit, and warn if the draft is managed as a file that would restore the old values."""
    draft_origins.edited(db.session, site.id, parts, current_user.audit_id, services().now)
    if imported := draft_origins.last_import(db.session, site.id):
        words = gettext(
            "This site is kept in the file %(file)s: add the change there, or the next import stops at it.",
            file=imported.file,
        )
        if ("info", words) not in [tuple(one) for one in session.get("_flashes", ())]:
            flash(words, "info")
