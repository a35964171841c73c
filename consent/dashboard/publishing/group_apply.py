"""Use a group's settings on sites that differ, with one page of changes and one confirmation."""

from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import Line, readable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import translated
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.publishing.site_group import (
    Member,
    SiteGroup,
    find_group,
    members_of,
)
from consent.dashboard.sites.inherited_settings import SECTION_ACTIONS, setting_title
from consent.publishing.site_groups.inheritance import apply_to, save_settings
from consent.publishing.site_groups.shared_settings import (
    GroupSettings,
    group_differences,
    pending_settings,
    section_of,
    with_own,
    with_pending,
)
from consent.sites.draft import DraftError
from consent.storage.accounts.site_groups import StaleGroupError
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow, StaleDraftError


class Difference(NamedTuple):
    """A setting in which a site differs: the lines that would change, and whether the viewer may change them."""

    name: str
    title: str
    lines: list[Line]
    is_ticked: bool
    is_allowed: bool


class DifferingSite(NamedTuple):
    """A site that differs from its group, with the revision of its draft."""

    site: SiteRow
    revision: int
    differences: list[Difference]


class Failure(NamedTuple):
    """A site whose draft was left unchanged, and why."""

    name: str
    words: str


@blueprint.get("/groups/<path:group>/apply")
@allowed("start")
def apply_page(group: str) -> ResponseReturnValue:
    """Show what applying the group's settings would change on each site."""
    return _page(find_group(group), [])


@blueprint.post("/groups/<path:group>/apply")
@allowed("start")
def apply_group(group: str) -> ResponseReturnValue:
    """Apply the ticked settings; those shown but not ticked are recorded as the sites' own."""
    site_group, form = find_group(group), request.form
    if form.get("revision") != str(site_group.revision):
        return _page(
            site_group, [Failure(group, gettext("Someone changed the group after you opened this page."))]
        ), 409
    ticked, settings = set(form.getlist("apply")), site_group.settings
    failures, changed = [], 0
    for member in members_of(site_group):
        shown = [
            one
            for one in _differences(site_group, member)
            if one.is_allowed and _name(member, one) in form.getlist("shown")
        ]
        if not shown:
            continue
        names = [one.name for one in shown if _name(member, one) in ticked]
        left = [one.name for one in shown if one.name not in names]
        others = [one for one in member.own if one not in {difference.name for difference in shown}]
        settings = with_own(settings, member.site.key, [*others, *left])
        if names and (failure := _apply(site_group, member, names, form.get(f"draft-{member.site.key}", ""))):
            failures.append(failure)
        else:
            changed += bool(names)
            pending = {*pending_settings(settings, member.site.key)} - {*names}
            settings = with_pending(settings, member.site.key, pending)
    _save_own_settings(site_group, settings)
    if failures:
        return _page(find_group(group), failures, changed), 409
    flash(
        ngettext("Changed the draft of %(num)s site.", "Changed the drafts of %(num)s sites.", changed)
        if changed
        else gettext("No draft was changed."),
        "success",
    )
    return redirect(url_for("dashboard.publish_group_page" if changed else "dashboard.group_page", group=group))


def _apply(group: SiteGroup, member: Member, names: list[str], revision: str) -> Failure | None:
    """Apply settings to one site; return the failure, if any, so that the other sites still proceed."""
    context, site = services(), member.site
    try:
        apply_to(
            db.session.connection(),
            site,
            group.name,
            group.settings,
            names,
            author(),
            context.rules,
            context.now,
            int(revision) if revision.isascii() and revision.isdigit() else 0,
        )
    except StaleDraftError:
        db.session.rollback()
        return Failure(site.name, gettext("Someone changed the draft after you opened this page. Review it again."))
    except DraftError as error:
        db.session.rollback()
        return Failure(site.name, " ".join(translated(sentence) for sentence in error.fields.values()))
    db.session.commit()
    return None


def _save_own_settings(group: SiteGroup, settings: GroupSettings) -> None:
    """Save which settings are the sites' own; lost in a concurrent change, in which case the page asks again next time."""
    try:
        save_settings(db.session, group.name, settings, group.revision, author(), services().now)
        db.session.commit()
    except StaleGroupError:
        db.session.rollback()


def _name(member: Member, difference: Difference) -> str:
    return f"{member.site.key}:{difference.name}"


def _differences(group: SiteGroup, member: Member) -> list[Difference]:
    draft = member.state.draft
    vendors = {vendor["id"]: vendor["name"] for vendor in draft["vendors"]}
    return [
        Difference(
            name,
            setting_title(name, vendors),
            readable(group_differences(draft, group.settings, [name])),
            name not in member.own,
            group.may_on(member.site, SECTION_ACTIONS[section_of(name)]),
        )
        for name in member.differs
    ]


def _page(group: SiteGroup, failures: list[Failure], changed: int = 0) -> str:
    members = members_of(group)
    differing = [
        DifferingSite(member.site, member.state.revision, _differences(group, member))
        for member in members
        if member.differs
    ]
    return render_template(
        "dashboard/publishing/group_apply.html",
        group=group,
        differing=differing,
        same=[member.site.name for member in members if not member.differs],
        may_any=any(one.is_allowed for row in differing for one in row.differences),
        failures=failures,
        changed=changed,
    )
