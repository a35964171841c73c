"""Pending tasks on a site: approvals, changes to publish, requests, findings, missing facts."""

from typing import NamedTuple

from flask import g, url_for
from flask_babel import gettext, ngettext

from consent.core.days import DAY_SECONDS
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState
from consent.dashboard.frame.labels import ROLE_WORDS
from consent.dashboard.frame.locale import date
from consent.dashboard.frame.permissions import ACTIONS
from consent.dashboard.frame.site_catalog import newer_of
from consent.dashboard.publishing.approval import sites_awaiting_viewer
from consent.dashboard.scans.review import waiting_items
from consent.sites.draft import missing_controller_facts
from consent.storage.database.base import db
from consent.storage.privacy import privacy_requests
from consent.storage.sites import approval_requests
from consent.storage.sites.sites import SiteRow


class Task(NamedTuple):
    """A task: a sentence, the URL where it is done, whether the viewer can do it, and which roles can."""

    sentence: str
    url: str
    for_viewer: bool
    roles: str
    is_late: bool = False


def waiting_tasks(site: SiteRow, state: SiteState) -> list[Task]:
    """Return the pending tasks, with those that the viewer can do first."""
    tasks = [*_approval(site, state), *_requests(site), *_facts(site, state), *_findings(site, state)]
    return sorted(tasks, key=lambda task: (not task.for_viewer, not task.is_late))


def _approval(site: SiteRow, state: SiteState) -> list[Task]:
    asked = approval_requests.read(db.session, site.id)
    if asked is not None and asked.revision == state.revision:
        if site.key in sites_awaiting_viewer([site.key]):
            return [_task(site, gettext("A draft is waiting for your approval."), "review", "publish")]
        return [
            _task(site, gettext("A draft is waiting for approval."), "review", "publish")._replace(for_viewer=False)
        ]
    if not state.pending or site.live_config is None:
        return []
    sentence = ngettext(
        "%(num)s change in the draft is not live yet.", "%(num)s changes in the draft are not live yet.", state.pending
    )
    return [_task(site, sentence, "review", "publish")]


def _requests(site: SiteRow) -> list[Task]:
    if not g.roles & ACTIONS["read_rights"]:
        return []
    today = services().now // DAY_SECONDS
    counts = privacy_requests.counts(db.session, site.id, today)
    if not counts.open:
        return []
    if counts.late:
        sentence = ngettext("%(num)s privacy request is late.", "%(num)s privacy requests are late.", counts.late)
    else:
        first = privacy_requests.every(db.session, site.id, is_open=True, limit=500)[0]
        sentence = ngettext(
            "%(num)s privacy request is open, due on %(day)s.",
            "%(num)s privacy requests are open, the first is due on %(day)s.",
            counts.open,
            day=date(first.last_day * DAY_SECONDS),
        )
    return [_task(site, sentence, "requests", "exercise_rights")._replace(is_late=bool(counts.late))]


def _facts(site: SiteRow, state: SiteState) -> list[Task]:
    missing = len(missing_controller_facts(state.draft))
    if not missing or site.live_config is None:
        return []
    sentence = ngettext(
        "%(num)s fact about who is responsible is missing.",
        "%(num)s facts about who is responsible are missing.",
        missing,
    )
    return [_task(site, sentence, "settings", "edit_controller", "controller")]


def _findings(site: SiteRow, state: SiteState) -> list[Task]:
    tasks = []
    if count := len(waiting_items(site, state.draft)):
        sentence = ngettext(
            "%(num)s to review: found by a scan and not confirmed yet.",
            "%(num)s to review: found by a scan and not confirmed yet.",
            count,
        )
        tasks.append(_task(site, sentence, "review_queue", "review"))
    if newer := newer_of(site, state.draft):
        names = ", ".join(one.name for one in newer)
        sentence = gettext("Catalog updates are available for %(names)s.", names=names)
        tasks.append(_task(site, sentence, "tags", "edit_tags", "newer"))
    return tasks


def _task(site: SiteRow, sentence: str, page: str, action: str, anchor: str | None = None) -> Task:
    url = url_for(f"dashboard.{page}", site=site.key, _anchor=anchor)
    # Admins can do everything, so name the other roles, whose job it is.
    roles = sorted(ACTIONS[action] - {"admin"}) or ["admin"]
    words = f" {gettext('or')} ".join(ROLE_WORDS[role] for role in roles)
    return Task(sentence, url, bool(g.roles & ACTIONS[action]), words)
