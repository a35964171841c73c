"""Role-based access control: one table of roles by action, and the decorator of every view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.storage.accounts import roles, users
from consent.storage.accounts import roles as user_roles
from consent.storage.accounts.users import UserWithRoles
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow


def other_users_allowed(action: str, site: SiteRow) -> list[UserWithRoles]:
    """Return the users other than the caller who can sign in and may do `action` on `site`."""
    return [
        user
        for user in users.every(db.session)
        if user.active
        and user.can_sign_in
        and user.id != current_user.id
        and user_roles.roles_of(db.session, user.id, site.id) & ACTIONS[action]
    ]


def joined_with_or(users: list[UserWithRoles]) -> str:
    """Return users' names as alternatives, such as `Ann, Bob or Eve`."""
    names = [user.name or user.email for user in users]
    return f" {gettext('or')} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def my_sites() -> list[SiteRow]:
    """Return the sites on which the caller has a role, sorted by name."""
    keys = set(roles.site_keys_of(db.session, current_user.id))
    return [site for site in sites.present(db.session) if site.key in keys]


def last_site(own_sites: list[SiteRow]) -> SiteRow | None:
    """Return the site in use of `own_sites` visited last in this session, else the one added first.

    Archived ones count only if no site is in use. None if there are no sites.
    """
    used = [one for one in own_sites if one.archived_at is None] or own_sites
    visited = next((one for one in used if one.key == session.get("site")), None)
    return visited or min(used, key=lambda one: one.id, default=None)


def roles_on(site: SiteRow | None) -> frozenset[str]:
    """Return the caller's roles on `site`."""
    return roles.roles_of(db.session, current_user.id, site.id) if site else frozenset()


EVERY_ROLE = frozenset({"admin", "marketing", "compliance", "viewer"})

ACTIONS: dict[str, frozenset[str]] = {
    "see": EVERY_ROLE,
    "edit_tags": frozenset({"admin", "marketing"}),
    "edit_draft": frozenset({"admin", "marketing", "compliance"}),
    "publish": frozenset({"admin", "marketing"}),
    "set_approval_rule": frozenset({"admin"}),
    "share_preview": frozenset({"admin", "marketing", "compliance"}),
    "stop_tags": frozenset({"admin", "marketing", "compliance"}),
    "edit_look": frozenset({"admin", "marketing"}),
    "edit_languages": frozenset({"admin", "marketing"}),
    "edit_controller": frozenset({"admin", "compliance"}),
    "edit_overrides": frozenset({"admin", "compliance"}),
    "import_setup": frozenset({"admin", "compliance"}),
    "edit_hosts": frozenset({"admin"}),
    "manage_site": frozenset({"admin"}),
    "declare_limited": frozenset({"admin"}),
    "change_flags": frozenset({"admin"}),
    "approve_code": frozenset({"admin"}),
    "review": frozenset({"admin", "marketing", "compliance"}),
    "run_scan": frozenset({"admin", "marketing", "compliance"}),
    "plan_scans": frozenset({"admin", "compliance"}),
    "read_receipts": frozenset({"admin", "compliance"}),
    "export_receipts": frozenset({"admin", "compliance"}),
    "read_rights": frozenset({"admin", "compliance"}),
    "exercise_rights": frozenset({"admin", "compliance"}),
    "manage_receivers": frozenset({"admin"}),
    "manage_subject_keys": frozenset({"admin"}),
    "set_retention": frozenset({"admin", "compliance"}),
    "set_alarm_channels": frozenset({"admin", "compliance"}),
    "try_alarms": frozenset({"admin", "compliance"}),
    "make_evidence": frozenset({"admin", "compliance"}),
    "read_audit": frozenset({"admin", "compliance"}),
    "manage_users": frozenset({"admin"}),
    "manage_tokens": frozenset({"admin"}),
    "add_site": frozenset({"admin"}),
    # The next two need no role: every signed-in user has a start page and an account.
    "start": EVERY_ROLE | {""},
    "own_account": EVERY_ROLE | {""},
}
"""Roles that may do each action; `""` is a user without any role."""

OF_DELETED = frozenset(
    {
        "read_receipts",
        "export_receipts",
        "read_rights",
        "exercise_rights",
        "set_retention",
        "make_evidence",
        "read_audit",
    }
)
"""Actions that remain on a deleted site: those on its receipts, and what the law requires of them."""

View = Callable[..., ResponseReturnValue]


def allowed(action: str) -> Callable[[View], View]:
    """Allow the view only to users who may do `action`, on the site in its URL or, without one, on every site.

    The view gets the site (`SiteRow`) instead of its key. Answers 404 for a site on which the caller has no role, as
    for one that doesn't exist, and 403 for an action that the caller's roles don't include.
    """
    roles = ACTIONS[action]

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**kwargs: Any) -> ResponseReturnValue:
            if "site" in kwargs:
                kwargs["site"] = enter_site(kwargs["site"])
                if not is_available(action, kwargs["site"]):
                    abort(404)
            else:
                g.roles = user_roles.instance_roles_of(db.session, current_user.id)
            if not g.roles & roles and "" not in roles:
                abort(403)
            return view(**kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def enter_site(key: str) -> sites.SiteRow:
    """Return the site `key`, and set it and the caller's roles on it in `g`. Answers 404 if there are none."""
    site = sites.by_key(db.session, key)
    roles = user_roles.roles_of(db.session, current_user.id, site.id) if site else frozenset()
    if site is None or not roles:
        abort(404)
    g.site, g.roles = site, roles
    return site


def is_available(action: str, site: SiteRow | None) -> bool:
    """Return whether `action` exists on `site`; a deleted site only has those in `OF_DELETED`."""
    return site is None or site.deleted_at is None or action in OF_DELETED


def may_on_all_sites(action: str) -> bool:
    """Return whether the caller may do `action` on every site."""
    if "instance_roles" not in g:
        g.instance_roles = user_roles.instance_roles_of(db.session, current_user.id)
    return bool(g.instance_roles & ACTIONS[action])
