"""The code guard that tests use, and an admin who approves all the code in a draft."""

import json
import time
from pathlib import Path

from sqlalchemy import Engine

from consent.classifier.catalog import VENDORS, load_catalog
from consent.demo.site import VENDORS as DEMO_VENDORS
from consent.publishing.code_approvals import approve
from consent.signing.keys import Keys, load_keys
from consent.sites.custom.code import CodeGuard, is_code, load_of
from consent.storage.sites import sites

ADMIN = "f" * 32


def guard_of(instance: Path) -> CodeGuard:
    """Return an instance's code guard; its catalog includes the demo's vendors."""
    return guard_by(load_keys(instance / "keys"))


def guard_by(keys: Keys) -> CodeGuard:
    """Return the code guard of an instance that has these keys."""
    return CodeGuard(load_catalog(VENDORS, DEMO_VENDORS), keys.secret)


def approve_all(engine: Engine, key: str, guard: CodeGuard) -> None:
    """Approve all the code in a site's draft, as an admin does on the tag pages."""
    with engine.begin() as connection:
        site = sites.by_key(connection, key)
        assert site
        for tag in json.loads(sites.read_draft(connection, site.id).text)["tags"]:
            if is_code(tag, guard.catalog):
                approve(connection, site, guard, load_of(tag), ADMIN, int(time.time()))
