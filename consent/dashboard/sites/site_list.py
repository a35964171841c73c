"""List of the caller's sites with their live version, script requests and alarms; archived ones separately."""

import json
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import ACTIONS, allowed, may_on_all_sites, my_sites, roles_on
from consent.storage.accounts import site_groups
from consent.storage.database.base import db
from consent.storage.operations import alarms
from consent.storage.privacy import retention
from consent.storage.sites import configs, script_fetches, sites
from consent.storage.sites.sites import SiteRow


class Row(NamedTuple):
    """A site: its hosts and groups, and the number of its live version, or None.

    `fetched_ago` is how many seconds ago a page loaded the script, None for never; `alarms` is how many are active.
    `may_delete` says whether it is archived and the caller may delete it.
    """

    site: SiteRow
    hosts: list[str]
    groups: list[str]
    version: int | None
    fetched_ago: int | None
    alarms: int
    may_delete: bool


@blueprint.get("/sites")
@allowed("start")
def site_list() -> ResponseReturnValue:
    """Show all sites on which the caller has a role."""
    rows = _rows(my_sites())
    return render_template(
        "dashboard/sites/site_list.html",
        rows=[row for row in rows if row.site.archived_at is None],
        archived=[row for row in rows if row.site.archived_at is not None],
        deleted=_deleted() if may_on_all_sites("read_receipts") else [],
    )


class DeletedSite(NamedTuple):
    """A deleted site, and how many of its receipts are kept."""

    site: SiteRow
    receipts: int


def _deleted() -> list[DeletedSite]:
    gone = [site for site in sites.every(db.session) if site.deleted_at is not None]
    return [DeletedSite(site, retention.kept(db.session, site.id).receipts) for site in gone]


def _rows(own: list[SiteRow]) -> list[Row]:
    fetched, now = script_fetches.newest(db.session), services().now
    versions = configs.live_versions(db.session, [one.key for one in own])
    active = [one.site_id for one in alarms.present(db.session)]
    members = site_groups.every(db.session)
    return [
        Row(
            site=one,
            hosts=[host.partition("://")[2] for host in json.loads(sites.read_draft(db.session, one.id).text)["hosts"]],
            groups=[name for name, ids in members.items() if one.id in ids],
            version=versions[one.key].version if one.key in versions else None,
            fetched_ago=max(now - fetched[one.id], 0) if one.id in fetched else None,
            alarms=active.count(one.id),
            may_delete=one.archived_at is not None and bool(roles_on(one) & ACTIONS["manage_site"]),
        )
        for one in own
    ]
