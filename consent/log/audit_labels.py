"""Labels for the actions, subjects and authors of log entries."""

from consent.core.translatable import all_translatable

AUDIT_WORDS = all_translatable(
    {
        "draft.changed": "Changed the draft",
        "draft.reverted": "Undid a change in the draft",
        "draft.discarded": "Discarded all changes in the draft",
        "version.published": "Published a version",
        "publish.approval_requested": "Requested approval of the draft",
        "publish.approval_canceled": "Withdrew the request for approval",
        "publish.commented": "Commented on the draft",
        "publish.approval_given": "Confirmed at the command line that they reviewed a draft as the second user",
        "code.approved": "Approved the code of a tag",
        "code.approval_withdrawn": "Withdrew the approval of a tag's code",
        "publish.approval_rule_changed": "Set when a publish waits for a second user",
        "preview_link.created": "Created a link to a preview on the site",
        "preview_links.revoked": "Ended all links to previews",
        "old_choices.confirmed": "Confirmed that choices made with another tool count",
        "old_choices.ended": "Ended the validity of choices made with another tool",
        "old_log.sealed": "Sealed the log of another tool",
        "script.served": "Started serving another build of the script",
        "tags.stopped": "Stopped all tags",
        "tags.resumed": "Let the tags run again",
        "site.created": "Added the site",
        "site.renamed": "Renamed the site",
        "site.archived": "Archived the site",
        "site.restored": "Restored the site from the archive",
        "site.deleted": "Deleted the site",
        "user.created": "Added a user",
        "user.enabled_changed": "Allowed or blocked a user's sign-in",
        "user.erased": "Erased a user",
        "role.granted": "Gave a role",
        "role.revoked": "Removed a role",
        "password.reset_link_created": "Created a link for a new password",
        "password.reset": "Set a password through a link",
        "site_group.saved": "Changed a group of sites",
        "site_group.deleted": "Removed a group of sites",
        "site_group.settings_changed": "Changed what a group of sites shares",
        "site_group.applied": "Applied settings of a group of sites",
        "site_group.accounts_shared": "Started sharing accounts in a group of sites",
        "site_group.accounts_ended": "Stopped sharing accounts in a group of sites",
        "account_group.joined": "Started sharing accounts with other sites",
        "account_group.left": "Stopped sharing accounts with other sites",
        "password.changed": "Changed their own password",
        "second_factor.enabled": "Set up their second factor",
        "second_factor.disabled": "Turned off their second factor",
        "passkey.added": "Added a passkey",
        "passkey.removed": "Removed a passkey",
        "passkey.renamed": "Renamed a passkey",
        "second_factor.reset": "Removed a user's second factor",
        "recovery_codes.created": "Created recovery codes",
        "recovery_codes.used": "Signed in by a recovery code",
        "user.sso_linked": "Was linked with the sign-on provider",
        "session.revoked": "Ended sessions",
        "token.created": "Created a token",
        "token.revoked": "Revoked a token",
        "token.taken_over": "Took over a token",
        "hold.placed": "Placed a legal hold on receipts",
        "hold.lifted": "Lifted a legal hold",
        "restriction.placed": "Restricted receipts",
        "restriction.lifted": "Lifted a restriction",
        "objection.placed": "Noted an objection",
        "objection.lifted": "Withdrew an objection",
        "retention.changed": "Set how long receipts are kept",
        "retention.run_requested": "Started a deletion of old receipts",
        "month.detached": "Detached a month",
        "month.attached": "Reattached a month",
        "privacy_request.created": "Added a request",
        "privacy_request.extended": "Extended a request",
        "privacy_request.closed": "Closed a request",
        "privacy_request.opened": "Opened what a visitor sent with a request",
        "rules.imported": "Imported a package of rules, to be accepted",
        "rules.accepted": "Accepted a package of rules",
        "rules.discarded": "Discarded a package of rules",
        "privacy_request.reopened": "Opened a request again",
        "access_copy.created": "Exported a visitor's data",
        "evidence.created": "Created an evidence archive",
        "enforcement.recorded": "Recorded what browsers and scans saw on a day",
        "review.decided": "Decided what something is for",
        "review.reverted": "Reverted a decision",
        "custom_vendor.saved": "Described a vendor of the site's own",
        "custom_vendor.deleted": "Removed a vendor of the site's own",
        "scan.started": "Started a scan",
        "scan.stopped": "Stopped a scan",
        "scan.schedule_changed": "Set how the site is scanned",
        "export.created": "Exported receipts",
        "export.deleted": "Removed an export",
        "key.rotated": "Changed a key",
        "subject_key.created": "Created a key for subject tokens",
        "subject_key.retired": "Retired a key for subject tokens",
        "account.merged": "Merged two accounts",
        "receiver.added": "Added a receiver of choices",
        "receiver.changed": "Changed a receiver",
        "receiver.switched": "Paused or resumed a receiver",
        "receiver.approved": "Approved the address of a receiver",
        "receiver.proposal_discarded": "Discarded a new address of a receiver",
        "receiver.removed": "Removed a receiver",
        "receiver.secret_rotated": "Changed the keys of a receiver",
        "delivery.resent": "Resent events that had failed",
        "delivery.replayed": "Resent the events of a period",
        "delivery.snapshot_started": "Sent a receiver the current choice of each account",
        "delivery.recorded": "Recorded which events a receiver got and confirmed in an hour",
        "alarms.channel_added": "Added a channel for alarms",
        "alarms.channel_changed": "Changed a channel for alarms",
        "alarms.channel_renamed": "Renamed a channel for alarms",
        "alarms.channel_removed": "Removed a channel for alarms",
        "account.withdrawn": "Withdrew what an account had granted",
    }
)
"""Labels by action of an audit entry. A test finds actions that are written but missing here."""

KIND_WORDS = all_translatable(
    {
        "config": "Version recorded in the log",
        "key": "Key change",
        "erasure": "Erasure",
    }
)
"""Labels by kind of the other entries."""

FIELD_WORDS = all_translatable(
    {
        "enabled": "Switched",
        "group": "Group",
        "name": "Name",
        "sale_or_share": "Counts as sale or sharing",
        "exemptions": "Exemptions",
        "purposes": "Purposes",
        "limited": "Limited mode",
        "necessity": "What does not work without it",
        "flags_note": "Why it differs from the catalog",
        "payment_note": "Why it runs on payment pages",
        "note": "Note",
        "labels": "Labels",
        "languages": "Only in languages",
        "precise_location": "Sends precise location",
        "in_page": "Already in the page",
        "code": "Code",
        "load.hosts": "Hosts in its code",
        "mounts": "Mounts",
        "load.nodes": "Code",
        "limited_reason": "Why it may run limited",
        "trigger": "Waits for",
        "pages.only": "Only on pages",
        "pages.except": "Not on pages",
        "places.only": "Only in places",
        "places.except": "Not in places",
        "schedule.from": "From",
        "schedule.until": "Until",
        "load.src": "Loaded from",
        "load.attributes": "Attributes",
        "load.setup": "Sets",
        "load.calls": "Calls",
        "load.construct": "Makes",
        "revoke": "Calls where it is refused",
        "consent.default": "Calls before it runs",
        "consent.granted": "Calls where it is granted",
        "consent.limited": "Calls where it runs limited",
        "consent.stops": "Its refusal stops it",
        "load.type": "Kind",
        "company": "Company",
        "privacy_url": "Privacy page",
        "lifetime_s": "Lifetime in seconds",
        "purpose": "Purpose",
        "country": "Country",
        "hosts": "Hosts",
        "opt_out_url": "Opt-out page",
        "recipient_kind": "Kind of recipient",
        "gvl_id": "Vendor list ID",
        "third_party": "Third party",
        "alone": "Published without a second approval",
    }
)
"""Labels by path within a part of a draft."""

FORMER = "a user whose name was erased"


def subject_text(kind: str, subject: str) -> str:
    """Return the subject of an entry in words."""
    return AUDIT_WORDS.get(subject, subject) if kind == "audit" else KIND_WORDS.get(kind, kind)


def subject_words(action: str, subject: str, names: dict[str, str]) -> str:
    """Return what or whom the action applied to: an export by the start of its id, users and tokens by their names."""
    return f"export {subject[:8]}…" if action.startswith("export.") else author_text(subject, names)


def author_text(actor: str | None, names: dict[str, str]) -> str:
    """Return the author: a name, a program's label, or that the name was erased."""
    if actor is None:
        return "–"
    is_opaque = len(actor) == 32 and actor.isalnum()
    return names.get(actor) or (FORMER if is_opaque else actor)
