"""Configuration of the operator's OpenID Connect provider and its mapping from claims to roles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

ROLES = ("admin", "marketing", "compliance", "viewer")
PARTS = ("issuer", "client_id", "client_secret", "name", "create", "role_claim", "roles")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_GRANT = re.compile(r"(?P<value>[^=,\s][^=,]*)=(?P<role>[a-z]+)(@(?P<where>[^,]+))?")


@dataclass(frozen=True, slots=True)
class Grant:
    """Gives users with `value` in the claim `role` on the site `site`, on the group `group`, or on every site."""

    value: str
    role: str
    site: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider: its address, the service's credentials there, and the users whom it may let in.

    `create` lists the mail domains for which accounts are created; `grants` map values of the claim `role_claim`.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str = "single sign-on"
    create: tuple[str, ...] = ()
    role_claim: str = ""
    grants: tuple[Grant, ...] = ()


def read_provider(env: Mapping[str, str], errors: list[str]) -> Provider | None:
    """Return the provider in `CONSENT_OIDC_*`, or None without an issuer; adds a sentence to `errors` per problem."""
    issuer, client_id, secret = (
        env.get(f"CONSENT_OIDC_{part}", "") for part in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    )
    if not issuer:
        stray = sorted(name for name, text in env.items() if name.startswith("CONSENT_OIDC_") and text)
        errors += [f"{name} requires CONSENT_OIDC_ISSUER, the URL of the provider" for name in stray]
        return None
    if not _ADDRESS.fullmatch(issuer):
        errors.append(
            "CONSENT_OIDC_ISSUER must be a URL such as https://login.example.com/realm, exactly as the provider "
            "states it"
        )
    if not client_id or not secret:
        errors.append("CONSENT_OIDC_ISSUER requires CONSENT_OIDC_CLIENT_ID and CONSENT_OIDC_CLIENT_SECRET")
    domains = tuple(filter(None, re.split(r"[,\s]+", env.get("CONSENT_OIDC_CREATE", "").lower())))
    errors += [
        f"CONSENT_OIDC_CREATE: {one!r} is not a domain such as example.com"
        for one in domains
        if not _DOMAIN.fullmatch(one)
    ]
    claim, grants = env.get("CONSENT_OIDC_ROLE_CLAIM", ""), _grants(env.get("CONSENT_OIDC_ROLES", ""), errors)
    if bool(claim) != bool(grants):
        errors.append(
            "CONSENT_OIDC_ROLE_CLAIM and CONSENT_OIDC_ROLES must be set together: a claim, and the roles for its values"
        )
    name = env.get("CONSENT_OIDC_NAME", "") or "single sign-on"
    return Provider(issuer.rstrip("/"), client_id, secret, name, domains, claim, grants)


def _grants(text: str, errors: list[str]) -> tuple[Grant, ...]:
    grants = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _GRANT.fullmatch(part)
        if not match or match["role"] not in ROLES:
            errors.append(
                f"CONSENT_OIDC_ROLES: {part!r} is not like staff=viewer, web=marketing@shop or legal=admin@group:Shops"
            )
            continue
        where = match["where"] or ""
        group = where.removeprefix("group:") if where.startswith("group:") else None
        grants.append(Grant(match["value"].strip(), match["role"], where if where and group is None else None, group))
    return tuple(grants)
