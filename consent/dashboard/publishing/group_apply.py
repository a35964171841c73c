"""Apply a group's settings to the drafts of its sites, with one page of changes and one confirmation."""

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
    SECTION_ACTIONS,
    Member,
    SiteGroup,
    find_group,
    may_on,
    members_of,
)
from consent.dashboard.sites.group_note import SECTION_WORDS
from consent.publishing import site_groups as groups
from consent.sites.draft import DraftError
from consent.storage.accounts.site_groups import StaleGroupError
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow, StaleDraftError


class Difference(NamedTuple):
    """A section in which a site differs: the lines that would change, and whether the viewer may change them."""

    section: str
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
    """Apply the ticked sections; those shown but not ticked are recorded as intentional differences."""
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
        sections = [one.section for one in shown if _name(member, one) in ticked]
        left = [one.section for one in shown if one.section not in sections]
        others = [one for one in member.apart if one not in {difference.section for difference in shown}]
        settings = groups.with_exempt_sections(settings, member.site.key, [*others, *left])
        if sections and (failure := _apply(site_group, member, sections, form.get(f"draft-{member.site.key}", ""))):
            failures.append(failure)
        else:
            changed += bool(sections)
    _save_intentional_differences(site_group, settings)
    if failures:
        return _page(find_group(group), failures, changed), 409
    flash(
        ngettext("Changed the draft of %(num)s site.", "Changed the drafts of %(num)s sites.", changed)
        if changed
        else gettext("No draft was changed."),
        "success",
    )
    return redirect(url_for("dashboard.publish_group_page" if changed else "dashboard.group_page", group=group))


def _apply(group: SiteGroup, member: Member, sections: list[str], revision: str) -> Failure | None:
    """Apply sections to one site; return the failure, if any, so that the other sites still proceed."""
    context, site = services(), member.site
    try:
        groups.apply_to(
            db.session.connection(),
            site,
            group.name,
            group.settings,
            sections,
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


def _save_intentional_differences(group: SiteGroup, settings: groups.GroupSettings) -> None:
    """Save which sites differ on purpose; lost in a concurrent change, in which case the page asks again next time."""
    try:
        groups.save_settings(db.session, group.name, settings, group.revision, author(), services().now)
        db.session.commit()
    except StaleGroupError:
        db.session.rollback()


def _name(member: Member, difference: Difference) -> str:
    return f"{member.site.key}:{difference.section}"


def _differences(group: SiteGroup, member: Member) -> list[Difference]:
    return [
        Difference(
            section,
            readable(groups.group_differences(member.state.draft, group.settings, [section])),
            section not in member.apart,
            may_on(member.site, SECTION_ACTIONS[section]),
        )
        for section in member.differs
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
        section_words=SECTION_WORDS,
        failures=failures,
        changed=changed,
    )
