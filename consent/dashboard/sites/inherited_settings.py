"""Settings that a site inherits from its groups: which ones, and the buttons that set or give up its own values."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_security import current_user

from consent.core.documents.config import Draft
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import BY_LANGUAGE, LAYOUT, Line, readable, sides_in_words
from consent.dashboard.frame.context import services
from consent.dashboard.frame.draft_labels import part_words
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.labels import LAYOUT_WORDS
from consent.dashboard.frame.locale import Labels, language_words, translated
from consent.dashboard.frame.permissions import ACTIONS, allowed, roles_on
from consent.dashboard.frame.safe_redirects import path_before
from consent.publishing.site_groups.inheritance import Reach, apply_to, change_settings, members, save_settings
from consent.publishing.site_groups.shared_settings import (
    LANGUAGES,
    GroupSettings,
    differs,
    draft_value,
    group_differences,
    names_of,
    own_settings,
    pending_settings,
    section_of,
    settings_of,
    with_own,
    with_pending,
    with_value,
)
from consent.sites.draft import DraftError
from consent.storage.accounts import roles, site_groups
from consent.storage.accounts.site_groups import StaleGroupError
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow, StaleDraftError

SECTION_WORDS = Labels(
    {
        "controller": "Who is responsible",
        "look": "Look of the banner",
        "texts": "Texts and languages",
        "overrides": "Legal settings",
        "vendors": "Vendors on or off",
    }
)
SECTION_ACTIONS = {
    "controller": "edit_controller",
    "look": "edit_look",
    "texts": "edit_languages",
    "overrides": "edit_overrides",
    "vendors": "edit_tags",
}
"""The action that a user must be allowed on a site, by section."""
MAX_VALUE = 120
MAX_NAMED_SITES = 5


class InheritedSetting(NamedTuple):
    """A setting that a site's group holds: in words, and what the group's value would change if it is the site's own.

    `may_set` and `may_share` are whether the viewer may change it here and in the whole group, and `has_value` whether
    the site has a value that the group could take.
    """

    name: str
    group: str
    title: str
    value: str
    is_own: bool
    lines: list[Line]
    may_set: bool
    may_share: bool
    has_value: bool


class GroupNote(NamedTuple):
    """A group that holds settings of the site: those that the site inherits, and its own."""

    name: str
    inherited: list[InheritedSetting]
    own: list[InheritedSetting]

    @property
    def rows(self) -> list[InheritedSetting]:
        """Return all of its settings."""
        return [*self.own, *self.inherited]


def group_notes(site: SiteRow) -> list[GroupNote]:
    """Return the site's groups that hold settings; a setting of several groups is the first group's."""
    draft, notes, listed = site_state(site).draft, [], set[str]()
    for group, ids in site_groups.every(db.session).items():
        settings = settings_of(site_groups.shared(db.session, group)) if site.id in ids else {}
        names = [name for name in names_of(settings) if name not in listed]
        shareable = shareable_sections(group) if names else frozenset()
        listed |= {*names}
        if names:
            rows = _settings(site, draft, group, settings, names, shareable)
            own = [row for row in rows if row.is_own]
            notes.append(GroupNote(group, [row for row in rows if not row.is_own], own))
    return notes


def _settings(
    site: SiteRow, draft: Draft, group: str, settings: GroupSettings, names: list[str], shareable: frozenset[str]
) -> list[InheritedSetting]:
    """Return the settings as the site has them, without those that neither the site nor the group sets."""
    vendors = {vendor["id"]: vendor["name"] for vendor in draft["vendors"]}
    own, held, rows = {*own_settings(settings, site.key)}, roles_on(site), []
    for name in names:
        value, is_different = draft_value(draft, name), differs(draft, settings, name)
        has_value = value not in (None, "", [], {})
        if not has_value and not is_different:
            continue
        rows.append(
            InheritedSetting(
                name,
                group,
                setting_title(name, vendors),
                _in_words(name, value),
                is_different or name in own,
                readable(group_differences(draft, settings, [name])) if is_different else [],
                bool(held & ACTIONS[SECTION_ACTIONS[section_of(name)]]),
                section_of(name) in shareable,
                has_value,
            )
        )
    return rows


def setting_title(name: str, vendors: dict[str, str]) -> str:
    """Return the label of a setting of a group; `vendors` are names by id."""
    word, _, field = name.partition(" ")
    if name == LANGUAGES:
        return str(gettext("Languages"))
    if word == "words":
        return str(gettext("%(part)s in %(language)s", part=BY_LANGUAGE["words"], language=language_words(field)))
    return part_words(name, {f"vendors {vendor}": title for vendor, title in vendors.items()})


def _in_words(name: str, value: object) -> str:
    """Return a setting's value in words, or an empty text if it has no short form."""
    if name == LANGUAGES and isinstance(value, list):
        return ", ".join(language_words(code) for code in dict.fromkeys(value))
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
        return ""
    if name == LAYOUT:
        return str(LAYOUT_WORDS.get(str(value), str(value)))
    text = sides_in_words(name, value, value)[1]
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"


def shareable_sections(group: str) -> frozenset[str]:
    """Return the sections in which the viewer may change what the group holds, that is, may do so on each site."""
    ids = [site.id for site in members(db.session, group)]
    by_site = roles.roles_by_site(db.session, current_user.id, ids).values()
    return frozenset(
        section for section, action in SECTION_ACTIONS.items() if all(held & ACTIONS[action] for held in by_site)
    )


@blueprint.post("/sites/<site>/group-settings")
@allowed("edit_draft")
def set_inherited(site: SiteRow) -> ResponseReturnValue:
    """Record a setting as the site's own, use the group's value again, or set its value for the whole group."""
    action = next((one for one in ("override", "use", "share") if one in request.form), "")
    if not action:
        abort(404)
    rows = [row for note in group_notes(site) for row in note.rows]
    row = next((row for row in rows if row.name == request.form.get(action)), None)
    if row is None:
        abort(404)
    if not (row.may_share if action == "share" else row.may_set):
        abort(403)
    if action == "share" and not row.has_value:
        flash(gettext("This site has no value of its own for %(setting)s.", setting=row.title), "error")
        return redirect(path_before())
    try:
        words = {"override": _override, "use": _use, "share": _share}[action](site, row)
    except (StaleGroupError, StaleDraftError):
        db.session.rollback()
        flash(gettext("Someone changed it in the meantime. Look at it again."), "error")
    except DraftError as error:
        db.session.rollback()
        flash(" ".join(translated(sentence) for sentence in error.fields.values()), "error")
    else:
        db.session.commit()
        flash(words, "success")
    return redirect(path_before())


def _override(site: SiteRow, row: InheritedSetting) -> str:
    shared = site_groups.shared(db.session, row.group)
    settings = settings_of(shared)
    settings = with_own(settings, site.key, {*own_settings(settings, site.key), row.name})
    save_settings(db.session, row.group, settings, shared.revision, author(), services().now)
    return str(gettext("%(setting)s is now this site's own: it stays when the group changes.", setting=row.title))


def _use(site: SiteRow, row: InheritedSetting) -> str:
    by, now, rules = author(), services().now, services().rules
    shared = site_groups.shared(db.session, row.group)
    settings = settings_of(shared)
    apply_to(db.session.connection(), site, row.group, settings, [row.name], by, rules, now)
    own = [name for name in own_settings(settings, site.key) if name != row.name]
    settings = with_own(settings, site.key, own)
    pending = [name for name in pending_settings(settings, site.key) if name != row.name]
    save_settings(db.session, row.group, with_pending(settings, site.key, pending), shared.revision, by, now)
    return str(gettext("%(setting)s comes from the group %(group)s again.", setting=row.title, group=row.group))


def _share(site: SiteRow, row: InheritedSetting) -> str:
    shared = site_groups.shared(db.session, row.group)
    settings = with_value(settings_of(shared), site_state(site).draft, row.name)
    connection, rules, now = db.session.connection(), services().rules, services().now
    reach = change_settings(connection, row.group, settings, shared.revision, author(), rules, now, site.key)
    done = gettext("%(setting)s is now the value of the group %(group)s.", setting=row.title, group=row.group)
    return f"{done} {reach_words(reach)}"


def reach_words(reach: Reach) -> str:
    """Return which drafts a change of a group has reached, and which sites were left as they are."""
    changed, names = len(reach.changed), {site.key: site.name for site in sites.present(db.session)}
    sentences = [
        ngettext("Changed the draft of %(num)s site.", "Changed the drafts of %(num)s sites.", changed)
        if changed
        else gettext("No draft was changed.")
    ]
    if reach.kept:
        sentences.append(gettext("Own values kept: %(names)s.", names=named_sites(names[key] for key in reach.kept)))
    for key, sentence in reach.failed.items():
        sentences.append(f"{names[key]}: {translated(sentence)}")
    return " ".join(sentences)


def named_sites(names: Iterable[str]) -> str:
    """Return the first names of sites, and how many there are more."""
    listed = [*names]
    more = len(listed) - MAX_NAMED_SITES
    shown = ", ".join(listed[:MAX_NAMED_SITES])
    return str(gettext("%(names)s and %(count)s more", names=shown, count=more)) if more > 0 else shown
