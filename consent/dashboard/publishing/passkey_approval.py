"""Confirm the approval of a publish with a passkey, if the site requires it."""

import json
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import current_app, render_template, request
from flask_security import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from consent.core.translatable import translatable
from consent.dashboard.frame.context import services
from consent.publishing.approval import Approval
from consent.publishing.passkey_approvals import (
    InvalidApprovalError,
    SignedApproval,
    SigningPasskey,
    Statement,
    browser_options,
    check_approval_signature,
    credential_id_of,
    make_statement,
    public_key_text,
    sign_approval,
)
from consent.publishing.publish import propose
from consent.signing.canonical_json import canonical
from consent.storage.accounts import users
from consent.storage.database.base import db
from consent.storage.sites import approval_requests, configs
from consent.storage.sites.sites import SiteRow

WITHIN_SECONDS = 300
"""How long a statement can wait for its signature."""
NOT_CONFIRMED = translatable("The passkey did not confirm this. Try again.")


class ApprovalRow(NamedTuple):
    """A signed approval: names of approver and passkey, time, and whether the signature is valid for the config."""

    by: str
    passkey: str
    time: str
    is_valid: bool


def approval_row(config: str) -> ApprovalRow | None:
    """Return the signed approval of the config named `sha256:…`, or None if no passkey signed it."""
    body = configs.get_approval(db.session, config)
    if body is None:
        return None
    signed: SignedApproval = json.loads(body)
    statement = signed["statement"]
    try:
        check_approval_signature(signed)
        is_valid = statement["config"] == config
    except InvalidApprovalError:
        is_valid = False
    names = users.names_of(db.session, [statement["approved_by"]])
    return ApprovalRow(
        names.get(statement["approved_by"], "a user who is no longer here"),
        signed["passkey"]["name"],
        statement["time"],
        is_valid,
    )


def needs_passkey(site: SiteRow, approval: Approval) -> bool:
    """Return whether a publish with this approval must be confirmed with a passkey."""
    return bool(approval.asked_by or approval.is_alone) and approval_requests.needs_passkey(db.session, site.id)


def confirmation_page(site: SiteRow, note: str, approval: Approval) -> str:
    """Return the page that requests a passkey signature of the config that the draft becomes. Raises DraftError."""
    given = services()
    proposal = propose(db.session, site, given.rules, given.artifacts, given.code_guard)
    statement = make_statement(
        site.key,
        proposal.document["version"],
        configs.name_of(canonical(proposal.document)),
        approval.asked_by,
        current_user.audit_id,
        given.now,
    )
    ids = [one.credential_id for one in current_user.webauthn]
    return render_template(
        "dashboard/publishing/passkey_approval.html",
        options=browser_options(statement, _host(), ids) if ids else "",
        statement=_serializer(site).dumps(statement),
        version=statement["version"],
        config=statement["config"],
        note=note,
        revision=request.form["revision"],
        alone=request.form.get("alone", ""),
    )


def confirmed(site: SiteRow, approval: Approval) -> Approval:
    """Return the approval with the signature from the form. Raises InvalidApprovalError."""
    statement = _statement(site)
    if (statement["approved_by"], statement["asked_by"]) != (current_user.audit_id, approval.asked_by):
        raise InvalidApprovalError("this was asked of another user")
    credential = request.form.get("credential", "")
    wanted = credential_id_of(credential)
    used = next((one for one in current_user.webauthn if one.credential_id == wanted), None)
    if used is None:
        raise InvalidApprovalError("this is a passkey of somebody else")
    passkey: SigningPasskey = {"name": used.name, "public_key": public_key_text(used.public_key)}
    parts = urlsplit(services().base_url)
    signed = sign_approval(statement, credential, f"{parts.scheme}://{parts.netloc}", _host(), passkey)
    return approval._replace(signed=signed)


def _statement(site: SiteRow) -> Statement:
    try:
        found: Statement = _serializer(site).loads(request.form.get("statement", ""), max_age=WITHIN_SECONDS)
    except BadSignature:
        raise InvalidApprovalError("this waited for too long, or was changed") from None
    return found


def _host() -> str:
    return urlsplit(services().base_url).hostname or ""


def _serializer(site: SiteRow) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=f"publish approval of site {site.id}")
