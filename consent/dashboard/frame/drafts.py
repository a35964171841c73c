"""Load and change a site's draft, with the live config beside it."""

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
    """The draft of a site with its revision, and the live config's document or None.

    `text` and `body` are draft and live config as they are stored.
    """

    draft: Draft
    revision: int
    live: Config | None
    text: str
    body: bytes | None

    @cached_property
    def changes(self) -> list[Change]:
        """Return what differs between draft and live config, found once: in all languages it takes milliseconds."""
        return differences(self.draft, self.live)

    @property
    def pending(self) -> int:
        """Return how many changes wait for a publish; of a site that was never published, how many tags."""
        if self.live is None:
            return len(self.draft["tags"])
        return number_of_changes(self.changes)


def site_state(site: SiteRow) -> SiteState:
    """Return the draft and the live config of `site`."""
    row = sites.read_draft(db.session, site.id)
    draft: Draft = json.loads(row.text)
    body = configs.get_config(db.session, site.live_config) if site.live_config else None
    live = _read_once(body) if body is not None else None
    return SiteState(draft, row.revision, live, row.text, body)


def config_document(name: str | None) -> Config | None:
    """Return the document of the config `name`, or None; it is shared by all who ask, so leave it as it is."""
    body = configs.get_config(db.session, name) if name else None
    return _read_once(body) if body is not None else None


@lru_cache(16)
def _read_once(body: bytes) -> Config:
    """Return the parsed document: each page of the dashboard asks for the live one two times, a megabyte of texts."""
    document: Config = json.loads(body)
    return document


def change_draft(site: SiteRow, change: Callable[[Draft], Draft]) -> Draft:
    """Save what `change` makes of the draft of `site`, and return it.

    Pages change one part each, so one that somebody else saved meanwhile is read again and changed once more.

    The last try makes others wait from its reading on, so that none of many at once is refused.

    Raises DraftError where the changed draft is faulty, StaleDraftError where the site is deleted meanwhile.
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
            audit(site, "draft.changed", f"draft {row.revision + 1}", before, after)
            note_edit(site, {*before, *after})
        db.session.commit()
        return document
    raise StaleDraftError


def mark_of(*parts: object) -> str:
    """Return a mark of what a form shows, by which a save finds out that somebody else was faster."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def check_unchanged(mark: str, sentence: str) -> None:
    """Raise DraftError with `sentence` under `seen` where the form of this request showed something else than `mark`.

    A form without the mark, as a program may send it, is taken as it is.
    """
    if request.form.get("seen", "") not in ("", mark):
        raise DraftError({"seen": sentence})


def typed_number(text: str) -> int:
    """Return `text` as a number where it is one; what is not stays text, which `check_draft` refuses."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else cast(int, text)


def note_edit(site: SiteRow, parts: set[str]) -> None:
    """Record an edit, and warn where the draft is managed as a file that would restore the old values."""
    draft_origins.edited(db.session, site.id, parts, current_user.audit_id, services().now)
    if imported := draft_origins.last_import(db.session, site.id):
        words = gettext(
            "This site is kept in the file %(file)s: add the change there, or the next import stops at it.",
            file=imported.file,
        )
        if ("info", words) not in [tuple(one) for one in session.get("_flashes", ())]:
            flash(words, "info")
