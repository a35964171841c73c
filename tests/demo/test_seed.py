"""What the demo puts into a database."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, insert

from consent.app import DEMO_VENDORS
from consent.classifier.catalog import VENDORS as SHIPPED
from consent.classifier.catalog import load_catalog
from consent.config import Settings
from consent.demo import TOKEN_FILE
from consent.demo.ports import Ports
from consent.demo.prepare import prepare_database
from consent.demo.seed import ADMIN, Setup, seed
from consent.demo.site import TAGS, VENDORS, demo_draft
from consent.demo.visit import LANGUAGES
from consent.presentation.languages import languages
from consent.sites.catalog_updates import newer_facts
from consent.sites.custom.code import is_code
from consent.sites.draft import check_draft, missing_controller_facts
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from consent.storage.tables.accounts import User


class FakeRest:
    """Stands in for publishing and adding admins, and records the calls."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.published, self.admins = engine, 0, [""][1:]
        self.seams = Setup(self.publish, self.add_admin)

    def publish(self, key: str) -> None:
        self.published += 1
        with self.engine.begin() as connection:
            site = sites.by_key(connection, key)
            assert site
            connection.exec_driver_sql("UPDATE site SET live_config = 'sha256:0' WHERE id = ?", (site.id,))

    def add_admin(self, connection: Connection, email: str, password: str) -> None:
        self.admins.append(password)
        connection.execute(insert(User).values(email=email))


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[FakeRest]:
    engine = make_engine(f"sqlite:///{tmp_path / 'consent.sqlite'}")
    upgrade(engine)
    yield FakeRest(engine)
    engine.dispose()


def test_the_first_seed_makes_site_administrator_and_token(rest: FakeRest, tmp_path: Path) -> None:
    seeded = seed(rest.engine, tmp_path, rest.seams, Ports())
    assert rest.published == 1
    assert rest.admins == [seeded.password]
    with rest.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        draft = json.loads(sites.read_draft(connection, site.id).text)
        assert [tag["id"] for tag in draft["tags"]] == list(TAGS)
        assert api_tokens.find(connection, seeded.token, "decide", site.created_at, site.id)
        assert not api_tokens.find(connection, seeded.token, "receipts:read", site.created_at, site.id)


def test_the_token_is_in_a_file_readable_only_by_its_owner(rest: FakeRest, tmp_path: Path) -> None:
    seeded = seed(rest.engine, tmp_path, rest.seams, Ports())
    file = tmp_path / TOKEN_FILE
    assert file.read_text() == f"{seeded.token}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_second_seed_adds_nothing(rest: FakeRest, tmp_path: Path) -> None:
    first = seed(rest.engine, tmp_path, rest.seams, Ports())
    second = seed(rest.engine, tmp_path, rest.seams, Ports())
    assert (second.token, second.password) == (first.token, None)
    assert rest.published == len(rest.admins) == 1


def test_a_repeated_seed_keeps_the_changed_draft(rest: FakeRest, tmp_path: Path) -> None:
    seed(rest.engine, tmp_path, rest.seams, Ports())
    with rest.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        sites.save_draft(connection, site.id, '{"mine": true}', 1)
    seed(rest.engine, tmp_path, rest.seams, Ports())
    with rest.engine.connect() as connection:
        assert sites.read_draft(connection, site.id).text == '{"mine": true}'
    assert rest.admins
    assert ADMIN.endswith(".localhost")


def test_a_token_of_another_database_is_replaced(rest: FakeRest, tmp_path: Path) -> None:
    first = seed(rest.engine, tmp_path, rest.seams, Ports())
    (tmp_path / TOKEN_FILE).write_text("cst_of_another_database\n")
    second = seed(rest.engine, tmp_path, rest.seams, Ports())
    assert second.token != first.token
    assert (tmp_path / TOKEN_FILE).read_text() == f"{second.token}\n"


def test_the_draft_can_be_published_as_it_is() -> None:
    draft = demo_draft(Ports())
    check_draft(draft)
    assert missing_controller_facts(draft) == []
    assert {"http://www.shop.localhost:8001", "http://127.0.0.1:8001"} <= set(draft["hosts"])
    groups = {tag["id"]: tag["group"] for tag in draft["tags"]}
    assert list(groups.values()) == ["essential", "functional", "analytics", "advertising", "functional"]
    assert draft["tags"][2]["load"]["src"].endswith("/analytics.js?id=D-1001")


def test_other_ports_stand_in_every_address() -> None:
    text = json.dumps(demo_draft(Ports(1, 2, 3)))
    assert ":8001" not in text
    assert ":8002" not in text


def test_the_vendor_files_are_of_the_catalogs_form() -> None:
    assert {vendor.id for vendor in load_catalog(VENDORS).vendors} == set(TAGS)


def test_the_bar_offers_every_language_that_there_are_texts_in() -> None:
    assert set(LANGUAGES) - {""} == set(languages())
    assert LANGUAGES["de"] == "Deutsch"


def test_a_demo_on_other_ports_agrees_with_its_catalog(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, demo=True)
    prepare_database(settings, Ports(9600, 9601, 9602))
    catalog = load_catalog(SHIPPED, tmp_path / DEMO_VENDORS)
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert site.live_config
        draft = json.loads(sites.read_draft(connection, site.id).text)
    engine.dispose()
    assert newer_facts(draft, catalog, []) == []
    assert [tag["id"] for tag in draft["tags"] if is_code(tag, catalog)] == []
