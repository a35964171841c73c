"""Fill a database for the demo: site, shop's token, administrator. Done again on the same database, it adds nothing."""

import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from consent.demo import TOKEN_FILE
from consent.demo.ports import Ports
from consent.demo.site import KEY, NAME, demo_draft
from consent.storage import sites, tokens
from consent.storage.models import User

ADMIN = "admin@shop.localhost"


@dataclass(frozen=True, slots=True)
class Seams:
    """What the seed asks of other parts: to publish a site by its key, to add an administrator."""

    publish: Callable[[str], None]
    add_admin: Callable[[Connection, str, str], None]


@dataclass(frozen=True, slots=True)
class Seeded:
    """The shop's token, and the administrator's password where there was nobody before."""

    token: str
    password: str | None


def seed(engine: Engine, instance: Path, seams: Seams, ports: Ports) -> Seeded:
    """Make what the demo needs and is not there yet; publish the site where nothing is published."""
    now = int(time.time())
    with engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        if site is None:
            site = sites.create(connection, KEY, NAME, json.dumps(demo_draft(ports)), now)
        token = _shop_token(connection, instance / TOKEN_FILE, site.id, now)
    if site.live_config is None:
        seams.publish(KEY)
    # Last: a password that is made and then lost to a fault elsewhere would lock everybody out.
    with engine.begin() as connection:
        return Seeded(token, _first_admin(connection, seams))


def _first_admin(connection: Connection, seams: Seams) -> str | None:
    """Make an administrator where nobody can log in yet, and return the password, this once."""
    if connection.execute(select(User.id).limit(1)).first() is not None:
        return None
    password = secrets.token_urlsafe(15)
    seams.add_admin(connection, ADMIN, password)
    return password


def _shop_token(connection: Connection, file: Path, site_id: int, now: int) -> str:
    """Return the token that the shop asks decisions with: the one in `file`, or a new one where that is not good."""
    known = file.read_text("ascii").strip() if file.exists() else ""
    if known and tokens.find(connection, known, "decide", now, site_id):
        return known
    token = tokens.create(connection, "Demo shop", ["decide"], now=now, site_id=site_id)
    _write_private(file, token)
    return token


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
        opened.write(text + "\n")
