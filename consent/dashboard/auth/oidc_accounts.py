"""Link OIDC identities to users: by the provider's subject, and the first time by a verified email address."""

import secrets

from flask_babel import gettext

from consent.dashboard.frame.audit import audit_as_self
from consent.dashboard.frame.context import services
from consent.dashboard.frame.email_format import normal_address
from consent.log.audit_author import AuditActor, Author
from consent.log.entry import INSTANCE
from consent.outbound.oidc_provider import Grant, Provider
from consent.storage.accounts import roles, site_groups, users
from consent.storage.accounts.users import RoleSomewhere
from consent.storage.database.base import db
from consent.storage.sites import sites
from consent.storage.tables.accounts import User

PROVIDER = AuditActor("sign-on provider", "program")


class SignInRefusedError(Exception):
    """Raised for a user whom the provider knows but who may not sign in; the message is a sentence for them."""


def user_of(claims: dict[str, object]) -> User:
    """Return the user that `claims` identify, created if the operator allows it. Raises SignInRefusedError."""
    subject = f"{claims['iss']} {claims['sub']}"
    user = users.by_oidc_subject(db.session, subject) or _by_address(claims, subject)
    if not user.active:
        raise SignInRefusedError(gettext("Your account is switched off. An admin of this service can help."))
    return user


def take_roles(user: User, claims: dict[str, object]) -> None:
    """Grant and revoke roles to match the provider's role claim, if the operator maps one; the caller commits.

    The last admin of every site keeps that role. Mappings to a missing site or group grant nothing.
    """
    provider = _provider()
    if not provider.role_claim:
        return
    role_claim = claims.get(provider.role_claim, [])
    values = {str(value) for value in (role_claim if isinstance(role_claim, list) else [role_claim])}
    account = users.by_id(db.session, user.id)
    has = set(account.roles if account else [])
    wanted = {role for grant in provider.grants if grant.value in values and (role := _role(grant)) is not None}
    for role in sorted(wanted - has, key=str):
        roles.grant(db.session, user.id, *role)
        _audit_role("role.granted", user, role, is_new=True)
    for role in sorted(has - wanted, key=str):
        roles.revoke(db.session, user.id, *role)
        if users.active_admins(db.session) == 0:
            roles.grant(db.session, user.id, *role)
            continue
        _audit_role("role.revoked", user, role, is_new=False)


def _by_address(claims: dict[str, object], subject: str) -> User:
    """Return the user with the address that the provider has verified, and link the provider's `subject` to them."""
    if claims.get("email_verified") is not True:
        raise SignInRefusedError(
            gettext("The provider has not verified your email address, so you cannot be recognized here.")
        )
    try:
        address = normal_address(str(claims.get("email", "")))
    except ValueError:
        raise SignInRefusedError(gettext("The provider does not share your email address.")) from None
    user = users.by_address(db.session, address) or _created(address, claims)
    if user.oidc_subject is not None:
        raise SignInRefusedError(
            gettext("This email address belongs to another account of the provider. An admin of this service can help.")
        )
    user.oidc_subject = subject
    db.session.flush()
    audit_as_self(user, "user.sso_linked", None, None)
    return user


def _created(address: str, claims: dict[str, object]) -> User:
    if address.rpartition("@")[2] not in _provider().create:
        raise SignInRefusedError(gettext("You have no account here. An admin of this service can invite you."))
    name = str(claims.get("name", ""))[:255]
    user = User(email=address, name=name, active=True, created_at=services().now)
    user.audit_id, user.fs_uniquifier = secrets.token_hex(16), secrets.token_hex(32)
    db.session.add(user)
    db.session.flush()
    audit_as_self(user, "user.created", None, None)
    return user


def _role(grant: Grant) -> RoleSomewhere | None:
    if grant.group is not None:
        return RoleSomewhere(grant.role, group=grant.group) if grant.group in site_groups.every(db.session) else None
    if grant.site is None:
        return RoleSomewhere(grant.role)
    site = sites.by_key(db.session, grant.site)
    return RoleSomewhere(grant.role, site.id) if site and site.deleted_at is None else None


def _audit_role(action: str, user: User, role: RoleSomewhere, *, is_new: bool) -> None:
    owner = (sites.by_id(db.session, role.site_id) if role.site_id else None) or INSTANCE
    grant = {"role": role.role} | ({"group": role.group} if role.group else {})
    by = Author(PROVIDER, services().keys.receipt)
    before, after = (None, grant) if is_new else (grant, None)
    by.record(db.session, owner, action, user.audit_id, before, after, services().now)


def _provider() -> Provider:
    provider = services().sign_in.provider
    if provider is None:
        raise RuntimeError("no provider is set")
    return provider
