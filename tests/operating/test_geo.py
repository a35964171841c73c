"""The geo database replaced while the service runs."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from consent.geo import SHIPPED_DATABASE
from tests.operating.service import DECISION, Service, installed

GERMAN = "5.9.0.1"


@pytest.mark.long
def test_a_replaced_geo_database_is_read_while_the_service_runs(tmp_path: Path) -> None:
    target, other = tmp_path / "geo.mmdb", tmp_path / "other.mmdb"
    target.write_bytes(SHIPPED_DATABASE.read_bytes())
    # In this format, a two-byte string starts with 0x42: Germany becomes France.
    other.write_bytes(SHIPPED_DATABASE.read_bytes().replace(b"\x42DE", b"\x42FR"))
    settings = {"CONSENT_GEO_DATABASE": str(target), "CONSENT_TRUSTED_PROXIES": "127.0.0.1/32"}
    with installed(tmp_path, **settings) as service:
        service.start()
        assert country(service) == "DE"
        update = [sys.executable, "-m", "consent.cli", "geo", "update", str(other)]
        subprocess.run(update, cwd=tmp_path, env=service.whole_environ, check=True)
        wait_for_country(service, "FR")
        target.write_bytes(b"no database")
        wait_for_warning(service)
        assert country(service) == "FR"


def country(service: Service) -> str:
    found: str = service.ask(DECISION, X_Forwarded_For=GERMAN).json["place"]["country"]
    return found


def wait_for_country(service: Service, wanted: str) -> None:
    until = time.monotonic() + 60
    while country(service) != wanted:
        assert time.monotonic() < until, service.output
        time.sleep(0.2)


def wait_for_warning(service: Service) -> None:
    until = time.monotonic() + 60
    while not any("geo.mmdb" in warning for warning in service.ask("/readyz").json["warnings"]):
        country(service)
        assert time.monotonic() < until, service.output
        time.sleep(0.2)
