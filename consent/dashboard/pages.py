"""What the frame around every page needs, and the modules whose routes make up the dashboard."""

from functools import cache
from typing import Any

from flask import g, request
from flask_security import current_user

from consent.core.groups import GROUPS, OPTIONAL
from consent.dashboard import (  # noqa: F401 - imported for their routes
    access_bundle,
    account,
    alarms,
    audit,
    banner_editor,
    banner_logo,
    evidence,
    found,
    fresh,
    groups,
    install,
    kill_switch,
    live_counter,
    newer_facts,
    origins,
    overview,
    own_vendors,
    payment_pages,
    people,
    person,
    preview,
    preview_links,
    publishing,
    receipt_banner,
    receipt_checks,
    receipt_export,
    receipt_find,
    receipt_page,
    receipts,
    request_register,
    retention,
    review,
    rule_place,
    rules_page,
    scan,
    second_factor,
    second_person,
    site_check,
    site_languages,
    site_new,
    site_settings,
    statistics,
    subject,
    tag_code,
    tag_in_page,
    tag_law,
    tag_mode,
    tag_new,
    tag_order,
    tag_page,
    tags,
    tokens,
    trial,
    unknown_hosts,
    vendor_page,
    versions,
)
from consent.dashboard.drafts import site_state
from consent.dashboard.headers import OURS
from consent.dashboard.kill_switch import stopped_by
from consent.dashboard.my_sites import last_site, my_sites, roles_on
from consent.dashboard.navigation import INSTANCE_PAGES, SITE_PAGES
from consent.dashboard.permissions import ACTIONS, may_everywhere
from consent.dashboard.second_person import waits_for_me
from consent.dashboard.words import GROUP_WORDS, chosen_words, purpose_title


def context() -> dict[str, Any]:
    """Return the sites, the current one and what the viewer may do, for the pages of the dashboard only.

    An address that no route has belongs to no blueprint; its error page is of the dashboard too.
    """
    if request.blueprint not in (*OURS, None) or not current_user.is_authenticated:
        return {}
    mine = my_sites()
    site = g.get("site") or last_site(mine)
    roles = roles_on(site)
    return {
        "sites": mine,
        "site": site,
        "may": lambda action: bool(roles & ACTIONS[action]),
        "pending_changes": cache(lambda: site_state(site).pending if site else 0),
        "waits_for_me": cache(lambda: waits_for_me({one.key for one in mine})),
        "stopped_by": lambda: stopped_by(site) if site else None,
        "may_everywhere": may_everywhere,
        "needs_second_factor": second_factor.is_missing,
        "SITE_PAGES": SITE_PAGES,
        "INSTANCE_PAGES": INSTANCE_PAGES,
        "GROUPS": GROUPS,
        "OPTIONAL": OPTIONAL,
        "group_words": GROUP_WORDS,
        "chosen_words": chosen_words,
        "purpose_title": purpose_title,
    }
