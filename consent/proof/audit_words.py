"""What the log tells of, in plain words."""

AUDIT_WORDS = {
    "draft.changed": "Changed the draft",
    "version.published": "Published a version",
    "publish.asked": "Asked a second person to look at a draft",
    "publish.not_asked": "Took back that a second person looks at a draft",
    "second_person.set": "Set when a publish waits for a second person",
    "preview.shared": "Made a link to a preview on the site",
    "previews.ended": "Ended all links to previews",
    "tags.stopped": "Stopped all tags",
    "tags.resumed": "Let the tags run again",
    "site.added": "Added the site",
    "person.added": "Added a person",
    "person.switched": "Let a person sign in, or not",
    "person.erased": "Erased a person",
    "role.granted": "Gave a role",
    "role.revoked": "Took a role away",
    "password.link": "Made a link for another password",
    "password.reset": "Chose a password by a link",
    "group.saved": "Changed a group of sites",
    "group.removed": "Removed a group of sites",
    "password.changed": "Changed the own password",
    "factor.set": "Set up the own second factor",
    "factor.removed": "Turned the own second factor off",
    "factor.taken": "Took a person's second factor off",
    "recovery.made": "Made recovery codes",
    "recovery.used": "Signed in by a recovery code",
    "person.linked": "Was linked with the sign-on provider",
    "session.ended": "Ended sessions",
    "token.made": "Made a token",
    "token.revoked": "Revoked a token",
    "hold.put": "Put a legal hold on receipts",
    "hold.lifted": "Lifted a legal hold",
    "restriction.put": "Restricted receipts",
    "restriction.lifted": "Lifted a restriction",
    "objection.put": "Noted an objection",
    "objection.lifted": "Took an objection back",
    "retention.set": "Set how long receipts are kept",
    "retention.asked": "Had the site rid of old receipts",
    "month.detached": "Detached a month",
    "month.attached": "Put a detached month back",
    "request.added": "Added a request",
    "request.extended": "Extended a request",
    "request.closed": "Closed a request",
    "request.opened": "Opened a request again",
    "access.given": "Drew up what is kept of a visitor",
    "evidence.made": "Drew up evidence",
    "review.decided": "Decided what something is for",
    "review.undone": "Took a decision back",
    "vendor.described": "Described a vendor of the site's own",
    "vendor.removed": "Removed a vendor of the site's own",
    "scan.asked": "Began a scan",
    "scan.stopped": "Stopped a scan",
    "scan.planned": "Set how the site is scanned",
    "export.asked": "Exported receipts",
    "export.removed": "Removed an export",
    "key.rotated": "Changed a key",
}
"""By action of an audit entry. A test finds one that is written and not here."""

KIND_WORDS = {
    "config": "A config came into the log",
    "key": "Key change",
    "erasure": "Erasure",
}
"""By kind of the other entries."""

FIELD_WORDS = {
    "enabled": "Switched",
    "group": "Group",
    "name": "Name",
    "sale_or_share": "Counts as sale or sharing",
    "exemptions": "Exemptions",
    "purposes": "Purposes",
    "limited": "Limited mode",
    "necessity": "What does not work without it",
    "flags_note": "Why it differs from the catalogue",
    "payment_note": "Why it runs on payment pages",
    "languages": "Only in languages",
    "in_page": "Stands in the page already",
    "approved.code": "Approved code",
    "load.hosts": "Hosts in its code",
    "load.nodes": "Code",
    "limited_reason": "Why it may run limited",
    "pages.only": "Only on pages",
    "pages.except": "Not on pages",
    "places.only": "Only in places",
    "places.except": "Not in places",
    "schedule.from": "From",
    "schedule.until": "Until",
    "load.src": "Loaded from",
    "load.type": "Kind",
    "company": "Company",
    "privacy_url": "Privacy page",
    "lifetime_s": "Lifetime in seconds",
    "purpose": "Purpose",
}
"""By path within a part of a draft: what the page shows in its place."""

FORMER = "somebody whose name was erased"


def what_words(kind: str, subject: str) -> str:
    """Return what an entry tells of."""
    return AUDIT_WORDS.get(subject, subject) if kind == "audit" else KIND_WORDS.get(kind, kind)


def subject_words(action: str, subject: str, names: dict[str, str]) -> str:
    """Return what or whom it was done to: an export by the beginning of its id, people and tokens by their names."""
    return f"export {subject[:8]}…" if action.startswith("export.") else who_words(subject, names)


def who_words(actor: str | None, names: dict[str, str]) -> str:
    """Return who it was: a name, or the word by which a program goes, or that the name was erased."""
    if actor is None:
        return "–"
    is_opaque = len(actor) == 32 and actor.isalnum()
    return names.get(actor) or (FORMER if is_opaque else actor)
