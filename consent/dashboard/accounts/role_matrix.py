"""Role matrix: what each role may do, from the same table that the pages enforce."""

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.labels import ROLE_HELP, ROLE_WORDS
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import ACTIONS, allowed

ACTION_WORDS = Labels(
    {
        "see": "See the site, its tags, banner, statistics and settings",
        "edit_tags": "Add, change and remove tags",
        "edit_draft": "Undo changes in the draft and comment on it",
        "edit_look": "Change the look and texts of the banner, and run experiments",
        "edit_languages": "Choose the languages of the banner",
        "share_preview": "Share a preview on the site",
        "stop_tags": "Stop all tags that are not essential",
        "publish": "Publish, approve a draft and restore a version",
        "set_approval_rule": "Decide when a second user has to approve",
        "approve_code": "Approve custom code",
        "change_flags": "Change whether a tag counts as sale or sharing",
        "declare_limited": "Let a tag run in restricted mode",
        "run_scan": "Scan and check the site",
        "plan_scans": "Schedule scans",
        "review": "Review what a scan found",
        "edit_controller": "Change who is responsible for the site",
        "edit_overrides": "Change legal settings and rules",
        "edit_hosts": "Change the addresses of the site",
        "import_setup": "Import the setup of another consent tool",
        "manage_site": "Rename, archive and delete the site",
        "read_receipts": "Read receipts",
        "export_receipts": "Export receipts",
        "read_rights": "See privacy requests, delivery and retention",
        "exercise_rights": "Answer privacy requests and erase data",
        "set_retention": "Choose how long receipts are kept",
        "make_evidence": "Create evidence archives",
        "read_audit": "Read the audit trail",
        "set_alarm_channels": "Set where alarms and summaries go",
        "try_alarms": "Send a test alarm",
        "manage_receivers": "Set which systems get choices",
        "manage_subject_keys": "Manage the keys of account choices",
        "add_site": "Add and duplicate sites",
        "manage_users": "Manage users, roles and groups of sites",
        "manage_tokens": "Manage API tokens",
    }
)
SECTIONS = (
    (
        translatable("Tags and banner"),
        ("see", "edit_tags", "edit_draft", "edit_look", "edit_languages", "share_preview", "stop_tags"),
    ),
    (
        translatable("Publishing"),
        ("publish", "set_approval_rule", "approve_code", "change_flags", "declare_limited"),
    ),
    (translatable("Scans"), ("run_scan", "plan_scans", "review")),
    (translatable("Settings"), ("edit_controller", "edit_overrides", "edit_hosts", "import_setup", "manage_site")),
    (
        translatable("Compliance"),
        (
            *("read_receipts", "export_receipts", "read_rights", "exercise_rights", "set_retention"),
            *("make_evidence", "read_audit"),
        ),
    ),
    (
        translatable("Alarms and other systems"),
        ("set_alarm_channels", "try_alarms", "manage_receivers", "manage_subject_keys"),
    ),
    (translatable("Whole instance, with a role on every site"), ("add_site", "manage_users", "manage_tokens")),
)
"""Actions by heading, in the order of the page."""


@blueprint.get("/roles")
@allowed("own_account")
def role_matrix() -> ResponseReturnValue:
    """Show which role may do what."""
    return render_template(
        "dashboard/accounts/role_matrix.html",
        sections=SECTIONS,
        actions=ACTIONS,
        action_words=ACTION_WORDS,
        role_words=ROLE_WORDS,
        role_help=ROLE_HELP,
    )
