"""Seed the demo database with a site, the shop's API token and an administrator; idempotent."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.demo import TOKEN_FILE
from consent.demo.ports import Ports
from consent.demo.site import KEY, NAME, demo_draft
from consent.storage.accounts import api_tokens, users
from consent.storage.sites import sites

ADMIN = "admin@shop.localhost"


@dataclass(frozen=True, slots=True)
class Setup:
    """Callbacks of the seed: publish a site by its key, and add an administrator by email and password."""

    publish: Callable[[str], None]
    add_admin: Callable[[Connection, str, str], None]


@dataclass(frozen=True, slots=True)
class Seeded:
    """The shop's token, and the administrator's password if one was created."""

    token: str
    password: str | None


def seed(engine: Engine, instance: Path, setup: Setup, ports: Ports) -> Seeded:
    """Create what the demo still lacks, and publish the site unless it is live."""
    now = int(time.time())
    with engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        if site is None:
            site = sites.create(connection, KEY, NAME, json.dumps(demo_draft(ports)), now)
        token = _shop_token(connection, instance / TOKEN_FILE, site.id, now)
    if site.live_config is None:
        setup.publish(KEY)
    # Last, since an error after this would lose the only copy of the password and lock everyone out.
    with engine.begin() as connection:
        return Seeded(token, _first_admin(connection, setup))


def _first_admin(connection: Connection, setup: Setup) -> str | None:
    """Create an administrator if there are no users yet, and return the password."""
    if users.has_users(connection):
        return None
    password = secrets.token_urlsafe(15)
    setup.add_admin(connection, ADMIN, password)
    return password


def _shop_token(connection: Connection, file: Path, site_id: int, now: int) -> str:
    """Return the shop's token for decisions: the one in `file`, or a new one if that is invalid."""
    known = file.read_text("ascii").strip() if file.exists() else ""
    if known and api_tokens.find(connection, known, "decide", now, site_id):
        return known
    token = api_tokens.create(connection, "Demo shop", ["decide"], now=now, site_id=site_id)
    _write_private(file, token)
    return token


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
        opened.write(text + "\n")
