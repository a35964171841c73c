"""Page of a group of sites: its members, their shared settings, and whether they share accounts."""

import re
from typing import NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy.exc import IntegrityError

from consent.core.sharing.account_group import PREFIX
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, site_state
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import ACTIONS, allowed, may_on_all_sites, my_sites
from consent.dashboard.sites.inherited_settings import SECTION_WORDS, reach_words, setting_title, shareable_sections
from consent.log.entry import INSTANCE
from consent.publishing.account_groups import realm_in, settle_realms
from consent.publishing.site_groups.inheritance import change_settings
from consent.publishing.site_groups.shared_settings import (
    GroupSettings,
    differing,
    own_settings,
    sections_of,
    settings_of,
    with_copied,
    with_vendor,
    without,
)
from consent.storage.accounts import roles, site_groups
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import realms

SECTION_HELP = Labels(
    {
        "controller": "Name, address, contact and where receipts are kept. The privacy policy is each site's own.",
        "look": "Colors, layout, font and logo",
        "texts": "Languages, own words and their confirmation. Links on the banner are each site's own.",
        "overrides": "Rules for places, signals, third parties, new vendors and time zone",
        "vendors": "Switches all tags of a vendor, on each site that has it",
    }
)
KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,56}")


class SiteGroup(NamedTuple):
    """A group as the viewer sees it: the `members` on which they have a role, and the number of others.

    `roles` are the viewer's roles on each member, by its id.
    """

    name: str
    members: list[SiteRow]
    others: int
    roles: dict[int, frozenset[str]]
    settings: GroupSettings
    revision: int
    realm: str | None

    @property
    def sections(self) -> list[str]:
        """Return the sections that the group shares."""
        return sections_of(self.settings)

    def may_on(self, site: SiteRow, action: str) -> bool:
        """Return whether the viewer may do `action` on the member `site`."""
        return bool(self.roles[site.id] & ACTIONS[action])


class Member(NamedTuple):
    """A site of a group: the settings in which its draft differs, those that are its own, and its account sharing."""

    site: SiteRow
    state: SiteState
    differs: list[str]
    own: list[str]
    shares: str

    @property
    def waiting(self) -> list[str]:
        """Return the settings in which it differs that aren't recorded as its own."""
        return [name for name in self.differs if name not in self.own]


def find_group(name: str) -> SiteGroup:
    """Return the group. Answers 404 if the viewer has no role on its sites and may not manage users."""
    known = site_groups.every(db.session)
    if name not in known:
        abort(404)
    every = [site for site in sites.present(db.session) if site.id in known[name] and site.archived_at is None]
    own = {site.id for site in my_sites()}
    members = [site for site in every if site.id in own]
    if not members and not may_on_all_sites("manage_users"):
        abort(404)
    shared = site_groups.shared(db.session, name)
    settings = settings_of(shared)
    held = roles.roles_by_site(db.session, current_user.id, [site.id for site in members])
    return SiteGroup(name, members, len(every) - len(members), held, settings, shared.revision, shared.realm)


@blueprint.get("/groups/<path:group>")
@allowed("start")
def group_page(group: str) -> ResponseReturnValue:
    """Show the members of the group and what they share."""
    return _page(find_group(group), {})


@blueprint.post("/groups/<path:group>/settings")
@allowed("start")
def copy_settings(group: str) -> ResponseReturnValue:
    """Copy settings from the draft of a member into the group."""
    site_group, key = find_group(group), request.form.get("from", "")
    source = next((site for site in site_group.members if site.key == key), None)
    sections = [section for section in SECTION_WORDS if section in request.form.getlist("sections")]
    if source is None or not sections or "vendors" in sections:
        return _page(site_group, {"sections": gettext("Choose a site and what to copy from it.")}), 422
    if not shareable_sections(group) >= {*sections}:
        abort(403)
    draft = site_state(source).draft
    return _save(site_group, with_copied(site_group.settings, draft, sections), key)


@blueprint.post("/groups/<path:group>/settings/end")
@allowed("start")
def end_settings(group: str) -> ResponseReturnValue:
    """Stop sharing a section; the sites keep their values."""
    site_group, section = find_group(group), request.form.get("section", "")
    if section not in site_group.sections:
        abort(404)
    if section not in shareable_sections(group):
        abort(403)
    return _save(site_group, without(site_group.settings, section))


@blueprint.post("/groups/<path:group>/vendors")
@allowed("start")
def switch_vendor(group: str) -> ResponseReturnValue:
    """Switch a vendor on or off on all sites, or leave it to each site."""
    site_group, vendor = find_group(group), request.form.get("vendor", "")
    known = {**_vendor_names(site_group), **dict.fromkeys(site_group.settings.get("vendors", {}), "")}
    state = {"on": True, "off": False, "": None}.get(request.form.get("state", ""), "unknown")
    if vendor not in known or state == "unknown":
        return _page(site_group, {"vendor": gettext("Choose a vendor, and whether it is on or off.")}), 422
    if "vendors" not in shareable_sections(group):
        abort(403)
    is_on = state if isinstance(state, bool) else None
    return _save(site_group, with_vendor(site_group.settings, vendor, is_on))


@blueprint.post("/groups/<path:group>/accounts")
@allowed("manage_users")
@requires_recent_sign_in
def share_accounts(group: str) -> ResponseReturnValue:
    """Set the realm in which the group's sites can share accounts, or remove it."""
    site_group, key = find_group(group), request.form.get("key", "").strip().lower()
    realm = PREFIX + key if request.form.get("shares") == "1" else None
    if realm and not KEY.fullmatch(key):
        sentence = gettext("Enter a key of lower-case letters, digits and hyphens, such as brand-sites.")
        return _page(site_group, {"key": sentence}), 422
    if realm and site_group.realm:
        abort(409)
    if realm == site_group.realm:
        return redirect(url_for("dashboard.group_page", group=group, _anchor="accounts"))
    try:
        site_groups.set_realm(db.session, group, realm)
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return _page(site_group, {"key": gettext("Another group has this key.")}), 422
    action = "site_group.accounts_shared" if realm else "site_group.accounts_ended"
    audit(
        INSTANCE,
        action,
        group,
        {"realm": site_group.realm} if site_group.realm else None,
        {"realm": realm} if realm else None,
    )
    settle_realms(db.session.connection(), site_groups.every(db.session)[group], author())
    db.session.commit()
    flash(
        gettext("Each site now confirms it on its page Account choices, and publishes.")
        if realm
        else gettext("Each site has its own accounts again. Refusals made until today still apply on each of them."),
        "success",
    )
    return redirect(url_for("dashboard.group_page", group=group, _anchor="accounts"))


def _save(site_group: SiteGroup, settings: GroupSettings, source: str = "") -> ResponseReturnValue:
    """Save the group's settings and change inheriting drafts; sites that don't have a new setting yet are shown."""
    name, context = site_group.name, services()
    connection = db.session.connection()
    try:
        reach = change_settings(
            connection, name, settings, site_group.revision, author(), context.rules, context.now, source
        )
    except site_groups.StaleGroupError:
        db.session.rollback()
        sentence = gettext("Someone changed the group after you opened this page. Look at it again.")
        return _page(find_group(name), {"settings": sentence}), 409
    db.session.commit()
    flash(gettext("Saved in the group.") + " " + reach_words(reach), "success")
    if any(member.waiting for member in members_of(find_group(name))):
        return redirect(url_for("dashboard.apply_page", group=name))
    return redirect(url_for("dashboard.group_page", group=name, _anchor="settings"))


def members_of(group: SiteGroup) -> list[Member]:
    """Return the members that the viewer may see."""
    return [_member(group, site) for site in group.members]


def _member(group: SiteGroup, site: SiteRow) -> Member:
    state = site_state(site)
    differs = differing(state.draft, group.settings)
    present = realms.of_site(db.session, site.id).present
    shares = "" if group.realm is None else "open"
    if group.realm is not None and present == group.realm:
        shares = "shared"
    elif group.realm is not None and realm_in(state.draft) == group.realm:
        shares = "draft"
    return Member(site, state, differs, own_settings(group.settings, site.key), shares)


def _vendor_names(group: SiteGroup) -> dict[str, str]:
    drafts = [site_state(site).draft for site in group.members]
    names = {vendor["id"]: vendor["name"] for draft in drafts for vendor in draft["vendors"]}
    return dict(sorted(names.items(), key=lambda pair: pair[1].lower()))


def _own_titles(members: list[Member], vendors: dict[str, str]) -> dict[str, list[str]]:
    """Return the labels of the settings that aren't inherited, by site key."""
    own = {one.site.key: dict.fromkeys([*one.waiting, *one.own]) for one in members}
    return {key: [setting_title(name, vendors) for name in names] for key, names in own.items()}


def _page(group: SiteGroup, errors: dict[str, str]) -> str:
    members, names = members_of(group), _vendor_names(group)
    return render_template(
        "dashboard/publishing/site_group.html",
        group=group,
        members=members,
        names=names,
        section_words=SECTION_WORDS,
        section_help=SECTION_HELP,
        may_share=shareable_sections(group.name),
        own_titles=_own_titles(members, names),
        may_publish=any(group.may_on(site, "publish") for site in group.members),
        source=next((site.key for site in group.members if site.live_config), ""),
        suggested=re.sub(r"[^a-z0-9]+", "-", group.name.lower()).strip("-")[:57],
        errors=errors,
        typed=request.form,
    )
