"""Kill switch: republish a site's live config with all nonessential tags blocked, or resume them."""

import json
import time

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from consent.core.documents.config import Draft
from consent.core.translatable import translatable
from consent.log.audit_author import Author
from consent.publishing.publish import Artifacts, PublishedConfig, put_live
from consent.publishing.republish import renewed
from consent.sites.draft import DraftError
from consent.storage.sites import configs, draft_origins, sites
from consent.storage.sites.sites import SiteRow, StaleDraftError

TRIES = 5
ACTIONS = {True: "tags.stopped", False: "tags.resumed"}
NOTES = {
    True: translatable("All tags that are not essential are stopped"),
    False: translatable("The tags run again as before they were stopped"),
}


class NotPublishedError(Exception):
    """The site has no published config, so none of its tags runs anyway."""


def set_kill_switch(engine: Engine, site: str, is_on: bool, artifacts: Artifacts, by: Author) -> PublishedConfig | None:
    """Stop or resume all optional tags of `site`, in a new version of the live config.

    The draft keeps its changes and gets the switch too. No checks run, because what is published was live before.
    Returns None if nothing would change. Raises KeyError for an unknown site, NotPublishedError for a site without a
    version, DraftError if others published or saved at the same moment on every try.
    """
    for _ in range(TRIES):
        try:
            with engine.begin() as transaction:
                return _publish_switch(transaction, site, is_on, artifacts, by)
        except (DraftError, StaleDraftError, IntegrityError):
            continue
    raise DraftError({"version": translatable("Someone else is publishing at the same moment. Try again.")})


def _publish_switch(
    transaction: Connection, key: str, is_on: bool, artifacts: Artifacts, by: Author
) -> PublishedConfig | None:
    site = sites.by_key(transaction, key)
    if site is None:
        raise KeyError(key)
    live = configs.get_document(transaction, site.live_config)
    if live is None:
        raise NotPublishedError(key)
    now = int(time.time())
    if live["overrides"]["kill_switch"] == is_on:
        return None
    by.record(transaction, site, ACTIONS[is_on], f"version {live['version']}", None, None, now)
    draft = _switch_draft(transaction, site, is_on)
    draft_origins.edited(transaction, site.id, ["overrides kill_switch"], by.who.id, now)
    document = renewed(live, draft, configs.next_version(transaction, site.id), artifacts)
    document["overrides"] = {**live["overrides"], "kill_switch": is_on}
    return put_live(transaction, site, document, artifacts, by, now, NOTES[is_on])


def _switch_draft(transaction: Connection, site: SiteRow, is_on: bool) -> Draft:
    """Set the switch in the draft as well, so that its next publish doesn't undo it."""
    row = sites.read_draft(transaction, site.id)
    draft: Draft = json.loads(row.text)
    draft["overrides"]["kill_switch"] = is_on
    sites.save_draft(transaction, site.id, json.dumps(draft, ensure_ascii=False), row.revision)
    return draft
