import re
import subprocess
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

from tests.postgres import libpq_url, running_postgres

ROOT = Path(__file__).parent.parent


def ask(url: str, query: str) -> object:
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def test_postgres_of_the_tests_commits_as_in_production(postgres_url: str) -> None:
    assert ask(postgres_url, "SHOW synchronous_commit") == "on"


@pytest.mark.long
def test_a_server_is_durable_unless_somebody_says_otherwise() -> None:
    with running_postgres() as url:
        assert ask(url, "SHOW fsync") == "on"


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(new_postgres_database: str, turn: int) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert ask(new_postgres_database, tables) == 0, turn
    with psycopg.connect(libpq_url(new_postgres_database)) as connection:
        connection.execute("CREATE TABLE left_behind (id int)")


def test_a_page_opens_in_the_browser_without_a_cookie(page: Page) -> None:
    page.set_content("<title>Shop</title>")
    assert page.title() == "Shop"
    assert page.context.cookies() == []


def test_lock_file_and_pins_name_no_registry() -> None:
    for name in ("package-lock.json", "constraints.txt", "setup.cfg", "Makefile"):
        text = (ROOT / name).read_text()
        assert '"resolved"' not in text, name
        assert "index-url" not in text, name


def test_make_run_installs_nothing_that_only_tests_need() -> None:
    command = ["make", "--dry-run", "--always-make", "run"]
    steps = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"--editable (\S+)", steps) == ["."]
    assert "system-packages" not in steps


def test_each_target_of_make_has_one_recipe() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    [phony] = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    names = phony.split()
    assert {name: len(re.findall(rf"^{name}:", text, re.MULTILINE)) for name in names} == dict.fromkeys(names, 1)
