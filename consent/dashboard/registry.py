"""Import the modules that register the dashboard's routes, and provide the page frame's template context."""

from functools import cache

from flask import g, request
from flask_security import current_user

from consent.core.groups import GROUPS, OPTIONAL
from consent.dashboard.accounts import (  # noqa: F401 - imported for their routes
    api_console,
    api_tokens,
    role_matrix,
    site_groups,
    user,
    users,
)
from consent.dashboard.auth import (  # noqa: F401 - imported for their routes
    account,
    own_passkeys,
    reauthentication,
    second_factor,
)
from consent.dashboard.banner import (  # noqa: F401 - imported for their routes
    editor,
    experiment,
    languages,
    preview,
    preview_links,
)
from consent.dashboard.frame import error_pages  # noqa: F401 - imported for its handlers
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.headers import DASHBOARD_BLUEPRINTS
from consent.dashboard.frame.initials import code_of, hue_of, names_of
from consent.dashboard.frame.labels import GROUP_WORDS, chosen_words, purpose_title
from consent.dashboard.frame.navigation import DOCS_PAGES, INSTANCE_PAGES, SITE_PAGES
from consent.dashboard.frame.permissions import ACTIONS, is_available, last_site, may_on_all_sites, my_sites, roles_on
from consent.dashboard.insight import (  # noqa: F401 - imported for their routes
    alarms,
    enforcement,
    find,
    overview,
    statistics,
)
from consent.dashboard.privacy import (  # noqa: F401 - imported for their routes
    access_copy,
    account_choices,
    audit_trail,
    delivery,
    evidence,
    requests,
    retention,
    subject,
)
from consent.dashboard.publishing import (  # noqa: F401 - imported for their routes
    approval,
    browser_check,
    comments,
    draft_changes,
    draft_origins,
    group_apply,
    group_publish,
    publish,
    rollout,
    site_deletion,
    site_group,
    versions,
)
from consent.dashboard.publishing.approval import sites_awaiting_viewer
from consent.dashboard.publishing.editors import EDITED_PAGES, other_editors
from consent.dashboard.receipts import (  # noqa: F401 - imported for their routes
    banner_replay,
    exports,
    quick_find,
    receipt_page,
    search,
    verification,
)
from consent.dashboard.scans import (  # noqa: F401 - imported for their routes
    add_found_tags,
    review,
    scan,
    site_check,
)
from consent.dashboard.sites import (  # noqa: F401 - imported for their routes
    create,
    domains,
    inherited_settings,
    install,
    old_choices,
    place_rules,
    rules,
    settings,
    site_facts,
    site_import,
    site_list,
    tcf_settings,
)
from consent.dashboard.tags import (  # noqa: F401 - imported for their routes
    add_tag,
    bulk_changes,
    custom_code,
    custom_vendors,
    in_page,
    kill_switch,
    payment_pages,
    tag_list,
    tag_page,
    tag_settings,
    unknown_hosts,
    vendors,
)
from consent.dashboard.tags.kill_switch import stopped_by
from consent.web.docs_pages import has_docs


def context() -> dict[str, object]:
    """Return the sites, the current site and the viewer's permissions, for dashboard pages only.

    A URL without a route has no blueprint, but its error page belongs to the dashboard too.
    """
    if request.blueprint not in (*DASHBOARD_BLUEPRINTS, None) or not current_user.is_authenticated:
        return {}
    own_sites = my_sites()
    site = g.get("site") or last_site(own_sites)
    roles = roles_on(site)
    names = cache(lambda: names_of(services().catalog))
    return {
        "sites": own_sites,
        "site": site,
        "may": lambda action: bool(roles & ACTIONS[action]) and is_available(action, site),
        "pending_changes": cache(lambda: site_state(site).pending if site else 0),
        "sites_awaiting_viewer": cache(lambda: sites_awaiting_viewer({one.key for one in own_sites})),
        "stopped_by": lambda: stopped_by(site) if site else None,
        "may_on_all_sites": may_on_all_sites,
        "needs_second_factor": second_factor.must_set_up,
        "SITE_PAGES": SITE_PAGES,
        "INSTANCE_PAGES": INSTANCE_PAGES,
        "DOCS_PAGES": DOCS_PAGES,
        "has_docs": has_docs(),
        "GROUPS": GROUPS,
        "OPTIONAL": OPTIONAL,
        "group_words": GROUP_WORDS,
        "chosen_words": chosen_words,
        "purpose_title": purpose_title,
        "EDITED_PAGES": EDITED_PAGES,
        "other_editors": other_editors,
        "code_of": lambda vendor_id, name: code_of(vendor_id, name, names()),
        "group_notes": (notes := cache(lambda: inherited_settings.group_notes(site) if site else [])),
        "group_setting": lambda name: next((one for note in notes() for one in note.rows if one.name == name), None),
        "hue_of": hue_of,
    }
