"""`consent config --server`: the same by the API, from a machine without the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consent.cli import main
from tests.api.shop import Shop, open_shop
from tests.wsgi_server import serving


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path / "service")
    yield opened
    opened.service.close()


@pytest.fixture
def say(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Return how to call the command in an empty folder, with a token for the site."""
    token = shop.token("config:read", "config:write", site_id=shop.site_id).removeprefix("Bearer ")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with serving(shop.service.door) as port:

        def call(*arguments: str, server: str = f"http://127.0.0.1:{port}", token: str = token) -> Result:
            environ = {"CONFIG_TOKEN": token}
            return CliRunner().invoke(main, ["config", *arguments, "--server", server], env=environ)

        yield call


def test_a_file_is_exported_compared_and_published(say, shop: Shop) -> None:
    assert say("export", "shop", "--output", "shop.yaml").exit_code == 0
    file = Path("shop.yaml")
    assert say("diff", "shop", "shop.yaml", "--exit-code").exit_code == 0
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: '#7a1f5c'"), "utf-8")
    compared = say("diff", "shop", "shop.yaml", "--exit-code")
    assert compared.exit_code == 1
    assert "#7a1f5c" in compared.output
    assert "1 difference between shop.yaml and the live config of shop." in compared.output
    done = say("publish", "shop", "shop.yaml", "--note", "Merge")
    assert done.exit_code == 0, done.output
    assert "Published version 2 of shop" in done.output
    again = say("publish", "shop", "shop.yaml")
    assert "Nothing has changed: version 2 of shop stays live" in again.output
    assert not Path("instance").exists()


def test_an_older_version_is_restored_unless_the_draft_would_be_lost(say, shop: Shop) -> None:
    say("export", "shop", "--output", "shop.yaml")
    file = Path("shop.yaml")
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: '#7a1f5c'"), "utf-8")
    assert say("publish", "shop", "shop.yaml").exit_code == 0
    file.write_text(file.read_text("utf-8").replace("accent: '#7a1f5c'", "accent: '#115522'"), "utf-8")
    assert say("import", "shop", "shop.yaml").exit_code == 0
    stopped = say("restore", "shop", "1")
    assert (stopped.exit_code, "restore with --overwrite" in stopped.output) == (1, True)
    assert "#115522" in say("export", "shop").output
    assert "no such version" in say("restore", "shop", "9", "--overwrite").output
    assert "#115522" in say("export", "shop").output
    done = say("restore", "shop", "1", "--overwrite", "--note", "Back")
    assert "Published version 3 of shop" in done.output
    assert "#0b57d0" in say("export", "shop").output


def test_faults_have_their_line_and_nothing_is_written(say, shop: Shop) -> None:
    say("export", "shop", "--output", "shop.yaml")
    file = Path("shop.yaml")
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: red"), "utf-8")
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "accent: red" in text)
    for command in ("import", "publish", "diff"):
        answer = say(command, "shop", "shop.yaml")
        assert answer.exit_code == 1
        assert f"shop.yaml:{line}: look.accent: " in answer.output
    assert "0 differences" in say("diff", "shop").output


def test_what_cannot_work_is_said_in_a_sentence(say) -> None:
    assert "begins with https://" in say("export", "shop", server="http://consent.example.com").output
    assert "Set CONFIG_TOKEN" in say("export", "shop", token="").output
    assert "holds no live token" in say("export", "shop", token="cst_none").output
    assert "token of scope" in say("export", "other").output
    assert "does not answer" in say("export", "shop", server="http://127.0.0.1:9").output
    assert "leave out --seen-by" in say("publish", "shop", "--seen-by", "ada@example.com").output
