"""What `consent doctor` reports about a database and nodes that aren't as they should be."""

import json
from collections.abc import Callable
from pathlib import Path
from socket import gethostname
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from sqlalchemy import make_url

from consent.api.operator.health import warnings_of
from consent.app import create_service
from consent.cli.doctor_checks import Finding, run_checks
from consent.config import Settings
from consent.geo import SHIPPED_DATABASE
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.entry import INSTANCE
from consent.nodes.heartbeat import Node
from consent.signing.keys import load_keys
from consent.sites.draft import new_draft
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from consent.storage.sites import sites
from tests.dashboard.outdated_vendor import with_older_amplitude
from tests.operating.service import free_port
from tests.postgres_replication import running_members
from tests.stalling_proxy import quiet_proxy

pytestmark = pytest.mark.extended


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def no_browser() -> str:
    """Don't start a browser: that takes longer than all other checks, and one test below covers it."""
    return ""


def look(folder: Path, url: str, part: str) -> list[Finding]:
    settings = Settings(instance=folder, database_url=url, base_url=f"http://127.0.0.1:{free_port()}", demo=True)
    return [finding for finding in run_checks(settings, no_browser) if finding.part == part]


def fault(folder: Path, url: str, part: str = "database") -> str:
    (found,) = look(folder, url, part)
    assert not found.ok
    assert "\n" not in found.sentence
    assert "secret" not in found.sentence
    return found.sentence


@pytest.mark.parametrize(
    ("place", "said"),
    [("127.0.0.1:9", "onnection refused"), ("no-such-host.invalid", "no-such-host.invalid")],
)
def test_an_address_without_a_database_gets_the_drivers_reason(tmp_path: Path, place: str, said: str) -> None:
    sentence = fault(tmp_path, f"postgresql://ann:secret@{place}/consent")
    assert sentence.startswith("It does not respond (OperationalError): ")
    assert said in sentence


def test_gives_up_on_an_unresponsive_database(tmp_path: Path, ready_postgres_database: str) -> None:
    parsed = make_url(ready_postgres_database)
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        proxy.stall()
        url = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        assert "timeout" in fault(tmp_path, url)


def test_reports_a_standby_in_place_of_the_primary(tmp_path: Path, postgres_url: str) -> None:
    with running_members() as members:
        engine = make_engine(members.url)
        migrate.upgrade(engine)
        engine.dispose()
        while "It is read-only" not in (sentence := fault(tmp_path, members.url_of(1))):
            # The standby hasn't received all migrations yet.
            assert "run `consent db upgrade`" in sentence


def test_reports_keys_of_another_installation(tmp_path: Path, ready_postgres_database: str) -> None:
    engine, keys = make_engine(ready_postgres_database), load_keys(tmp_path / "right" / "keys")
    with engine.begin() as connection:
        Author(COMMAND_LINE, keys.receipt).record(connection, INSTANCE, "user.created", "a" * 32, None, None, 1)
    node = Node(engine, keys, tmp_path / "right")
    node.check()
    (right,) = look(tmp_path / "right", ready_postgres_database, "nodes")
    assert right == Finding("nodes", True, f"1 process is running (on {gethostname()}); keys and clock here match.")
    said = [finding.sentence for finding in look(tmp_path / "wrong", ready_postgres_database, "nodes")]
    assert said[0].endswith("differs from that of the other nodes; copy keys/receipt.key from one of them.")
    assert said[1].startswith("keys/secret.key differs from that of")
    engine.dispose()


def test_reports_that_no_process_is_running(tmp_path: Path, ready_postgres_database: str) -> None:
    (found,) = look(tmp_path, ready_postgres_database, "nodes")
    assert found == Finding("nodes", True, "No process is running; keys and clock here are fine.")


def test_does_not_mention_other_processes_on_sqlite(tmp_path: Path, ready_sqlite_database: str) -> None:
    (found,) = look(tmp_path, ready_sqlite_database, "nodes")
    assert found == Finding("nodes", True, "On SQLite, the service is a single process; the keys here are usable.")


def test_reports_the_bundled_geo_database_when_the_configured_one_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "geo.mmdb"
    settings = Settings(instance=tmp_path, geo_database=path, base_url=f"http://127.0.0.1:{free_port()}", demo=True)

    def geo() -> Finding:
        return next(finding for finding in run_checks(settings, no_browser) if finding.part == "geo")

    assert geo().ok
    assert geo().sentence.endswith(f"the bundled one: {path} does not exist yet.")
    path.write_bytes(b"no database")
    assert not geo().ok
    assert geo().sentence.endswith("; a service started now uses the bundled database.")
    path.write_bytes(SHIPPED_DATABASE.read_bytes())
    assert geo().ok
    assert "shipped" not in geo().sentence


DOUBT, AWAY = {"checks": {}, "warnings": ["The clock is off."]}, {"checks": {}, "warnings": ["The disk is full."]}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, json.dumps({"checks": {}, "warnings": []}), ["/readyz reports that it is ready."]),
        (200, json.dumps(DOUBT), ["The clock is off."]),
        # What another line already reports.
        (200, json.dumps({"checks": {}, "warnings": ["All settings are valid."]}), []),
        (503, json.dumps(AWAY), ["/readyz returned 503: choices cannot be stored now.", "The disk is full."]),
        (503, "<html>", ["/readyz returned 503: the response is from a proxy that cannot reach the service."]),
        (503, "[]", ["/readyz returned 503: the response is from a proxy that cannot reach the service."]),
    ],
)
def test_reports_the_status_of_the_service_and_recognizes_a_proxy_error_page(
    tmp_path: Path, status: int, body: str, said: list[str]
) -> None:
    def answer(environ: object, start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        start(f"{status} -", [])
        return [body.encode()]

    with make_server("127.0.0.1", 0, answer, handler_class=Silent) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        asked = Thread(target=server.handle_request)
        asked.start()
        found = run_checks(Settings(instance=tmp_path, base_url=url, demo=True), no_browser)
        asked.join()
    assert [finding.sentence.removeprefix(url) for finding in found if finding.part == "service"] == said


def test_an_address_without_a_service_gets_a_readable_reason(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    *_, found = run_checks(Settings(instance=tmp_path, base_url=url, demo=True), no_browser)
    assert found == Finding("service", False, f"Nothing responds at {url}/readyz (Connection refused).")


def test_reports_a_release_that_is_too_old(tmp_path: Path, ready_postgres_database: str) -> None:
    engine = make_engine(ready_postgres_database)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9000'")
        connection.exec_driver_sql("UPDATE schema_requirement SET revision = '9000'")
    engine.dispose()
    assert "requires a program at version 9000 or later" in fault(tmp_path, ready_postgres_database)


def test_a_service_starts_without_a_broken_filter_list_and_warns(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("||spy.example^\n")
    lists = (f"analytics={tmp_path}/gone.txt", f"advertising={tmp_path}/good.txt")
    service = create_service(Settings(instance=tmp_path / "instance", demo=True, filter_lists=lists))
    try:
        told = f"Filter list: {tmp_path}/gone.txt cannot be read: No such file or directory."
        assert told in warnings_of(service.context)
    finally:
        service.close()


def test_lists_filter_lists_with_their_content_and_names_the_error_of_an_invalid_one(tmp_path: Path) -> None:
    def said(content: str) -> list[tuple[bool, str]]:
        file = tmp_path / f"{len(content)}.txt"
        file.write_text(content)
        url = f"http://127.0.0.1:{free_port()}"
        settings = Settings(instance=tmp_path, base_url=url, demo=True, filter_lists=(f"analytics={file}",))
        return [(one.ok, one.sentence) for one in run_checks(settings, no_browser) if one.part == "filter lists"]

    assert said("||spy.example^\n/hit/pixel.\n") == [(True, "27.txt: 2 rules, analytics.")]
    assert said("nothing here\n") == [
        (False, "13.txt has no rule for an address, as filter lists and hosts files have them.")
    ]


def test_newer_catalog_facts_are_reported_by_site_and_are_not_an_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'consent.sqlite'}"
    engine = make_engine(url)
    migrate.upgrade(engine)
    draft = new_draft("shop", ["https://shop.example"])
    with engine.begin() as connection:
        shop = sites.create(connection, "shop", "Shop", json.dumps(draft), 0)
    assert look(tmp_path, url, "catalog") == [Finding("catalog", True, "All drafts are up to date.")]
    with engine.begin() as connection:
        row = sites.read_draft(connection, shop.id)
        sites.save_draft(connection, shop.id, json.dumps(with_older_amplitude(draft)), row.revision)
    engine.dispose()
    said = "shop has outdated facts on Amplitude: see `consent config renew`."
    assert look(tmp_path, url, "catalog") == [Finding("catalog", True, said)]


@pytest.mark.browser
def test_starts_a_browser_and_names_its_error(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, base_url=f"http://127.0.0.1:{free_port()}", demo=True)

    def scanner(**given: Callable[[], str]) -> tuple[bool, str]:
        return next((one.ok, one.sentence) for one in run_checks(settings, **given) if one.part == "scanner")

    assert scanner() == (True, "The browser starts.")
    assert scanner(try_browser=lambda: "There is none.") == (False, "The browser does not start: There is none.")
