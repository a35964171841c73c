"""Who may do what: one table of roles by action, and the one decorator that every view of the dashboard carries."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g
from flask.typing import ResponseReturnValue
from flask_security import current_user

from consent.storage import people, sites
from consent.storage.models import db

EVERY_ROLE = frozenset({"admin", "marketing", "compliance", "viewer"})

ACTIONS: dict[str, frozenset[str]] = {
    "see": EVERY_ROLE,
    "edit_tags": frozenset({"admin", "marketing"}),
    "publish": frozenset({"admin", "marketing"}),
    "set_second_person": frozenset({"admin"}),
    "share_preview": frozenset({"admin", "marketing", "compliance"}),
    "stop_tags": frozenset({"admin", "marketing", "compliance"}),
    "edit_look": frozenset({"admin", "marketing"}),
    "edit_languages": frozenset({"admin", "marketing"}),
    "edit_controller": frozenset({"admin", "compliance"}),
    "edit_overrides": frozenset({"admin", "compliance"}),
    "edit_hosts": frozenset({"admin"}),
    "declare_limited": frozenset({"admin"}),
    "change_flags": frozenset({"admin"}),
    "approve_code": frozenset({"admin"}),
    "review": frozenset({"admin", "marketing"}),
    "run_scan": frozenset({"admin", "marketing", "compliance"}),
    "plan_scans": frozenset({"admin", "compliance"}),
    "read_receipts": frozenset({"admin", "compliance"}),
    "export_receipts": frozenset({"admin", "compliance"}),
    "read_rights": frozenset({"admin", "compliance"}),
    "exercise_rights": frozenset({"admin", "compliance"}),
    "set_retention": frozenset({"admin", "compliance"}),
    "try_alarms": frozenset({"admin", "compliance"}),
    "make_evidence": frozenset({"admin", "compliance"}),
    "read_audit": frozenset({"admin", "compliance"}),
    "manage_people": frozenset({"admin"}),
    "manage_tokens": frozenset({"admin"}),
    "add_site": frozenset({"admin"}),
    # The next two need no role: whoever is signed in has a start page and an account.
    "start": EVERY_ROLE | {""},
    "own_account": EVERY_ROLE | {""},
}
"""Which roles may do each action; `""` stands for a person without any role."""

View = Callable[..., ResponseReturnValue]


def allowed(action: str) -> Callable[[View], View]:
    """Let only those call the view who may do `action`, on the site in its URL or, without one, on every site.

    The view gets the site (`FoundSite`) in place of its key. A site on which the caller has no role is a 404, as one
    that does not exist is; an action that the caller's roles do not include is a 403.
    """
    roles = ACTIONS[action]

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(**kwargs: Any) -> ResponseReturnValue:
            if "site" in kwargs:
                kwargs["site"] = enter_site(kwargs["site"])
            else:
                g.roles = people.instance_roles_of(db.session, current_user.id)
            if not g.roles & roles and "" not in roles:
                abort(403)
            return view(**kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def enter_site(key: str) -> sites.FoundSite:
    """Return the site `key` and note the caller's roles on it. Answers 404 where there are none."""
    site = sites.by_key(db.session, key)
    roles = people.roles_of(db.session, current_user.id, site.id) if site else frozenset()
    if site is None or not roles:
        abort(404)
    g.site, g.roles = site, roles
    return site


def may_everywhere(action: str) -> bool:
    """Tell whether the caller may do `action` on every site."""
    if "instance_roles" not in g:
        g.instance_roles = people.instance_roles_of(db.session, current_user.id)
    return bool(g.instance_roles & ACTIONS[action])
