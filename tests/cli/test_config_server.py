"""`consent config --server`: the same operations through the API, from a machine without the database."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consent.cli import main
from tests.api.shop import Shop, open_shop
from tests.wsgi_server import serving

pytestmark = pytest.mark.extended


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path / "service")
    yield opened
    opened.service.close()


class Gateway:
    """A gateway that loses the first response to each write.

    `loses` says how: "connection" closes it, "status" answers 502, and "" loses nothing.
    """

    def __init__(self, door: Callable[..., Any]) -> None:
        self._door, self._lost, self.loses = door, set[str](), ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Pass a request on."""
        key = environ.get("HTTP_IDEMPOTENCY_KEY", "")
        if not self.loses or not key or key in self._lost:
            return self._door(environ, start_response)
        self._lost.add(key)
        list(self._door(environ, lambda *arguments: lambda data: None))
        if self.loses == "status":
            start_response("502 Bad Gateway", [("Content-Length", "0")])
        else:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return []


@pytest.fixture
def gateway(shop: Shop) -> Gateway:
    return Gateway(shop.service.wsgi_app)


@pytest.fixture
def say(shop: Shop, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Yield a function that calls the command in an empty folder, with a token for the site."""
    token = shop.token("config:read", "config:write", site_id=shop.site_id).removeprefix("Bearer ")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with serving(gateway) as port:

        def call(*arguments: str, server: str = f"http://127.0.0.1:{port}", token: str = token) -> Result:
            command = [*arguments] if arguments[0] == "site" else ["config", *arguments]
            return CliRunner().invoke(main, [*command, "--server", server], env={"CONFIG_TOKEN": token})

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


def test_a_token_for_every_site_lists_and_creates_sites(say, shop: Shop) -> None:
    new = ("site", "create", "blog", "--name", "Blog", "--host", "https://blog.example", "--time-zone", "Europe/Berlin")
    refused = say(*new)
    assert (refused.exit_code, "a token for every site" in refused.output) == (1, True), refused.output
    everywhere = shop.token("config:read", "config:write").removeprefix("Bearer ")
    created = say(*new, token=everywhere)
    assert created.exit_code == 0, created.output
    assert say("sites", token=everywhere).output == "blog: Blog, not published\nshop: Shop, version 1\n"
    assert say("sites").output == "shop: Shop, version 1\n"
    draft = json.loads(say("export", "blog", token=everywhere).output)
    assert (draft["hosts"], draft["overrides"]["time_zone"]) == (["https://blog.example"], "Europe/Berlin")
    again = say(*new, token=everywhere)
    assert (again.exit_code, "already a site blog" in again.output) == (1, True), again.output


def test_an_older_version_is_restored_unless_the_draft_would_be_lost(say, shop: Shop) -> None:
    say("export", "shop", "--output", "shop.yaml")
    file = Path("shop.yaml")
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: '#7a1f5c'"), "utf-8")
    assert say("publish", "shop", "shop.yaml").exit_code == 0
    file.write_text(file.read_text("utf-8").replace("accent: '#7a1f5c'", "accent: '#115522'"), "utf-8")
    assert say("import", "shop", "shop.yaml").exit_code == 0
    stopped = say("restore", "shop", "1")
    assert (stopped.exit_code, "or use --overwrite" in stopped.output) == (1, True)
    assert "#115522" in say("export", "shop").output
    assert "no such version" in say("restore", "shop", "9", "--overwrite").output
    assert "#115522" in say("export", "shop").output
    done = say("restore", "shop", "1", "--overwrite", "--note", "Back")
    assert "Published version 3 of shop" in done.output
    assert "#0b57d0" in say("export", "shop").output


def test_errors_are_reported_with_their_line_and_nothing_is_written(say, shop: Shop) -> None:
    say("export", "shop", "--output", "shop.yaml")
    file = Path("shop.yaml")
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: red"), "utf-8")
    line = next(number for number, text in enumerate(file.read_text("utf-8").splitlines(), 1) if "accent: red" in text)
    for command in ("import", "publish", "diff"):
        answer = say(command, "shop", "shop.yaml")
        assert answer.exit_code == 1
        assert f"shop.yaml:{line}: look.accent: " in answer.output
    assert "0 differences" in say("diff", "shop").output


def test_an_impossible_command_gets_an_error_message(say) -> None:
    assert "begin with https://" in say("export", "shop", server="http://consent.example.com").output
    assert "Set CONFIG_TOKEN" in say("export", "shop", token="").output
    assert "has no valid API token" in say("export", "shop", token="cst_none").output
    assert "token with scope" in say("export", "other").output
    assert "does not respond" in say("export", "shop", "--retry", "0", server="http://127.0.0.1:9").output
    assert "omit --seen-by" in say("publish", "shop", "--seen-by", "ada@example.com").output


@pytest.mark.parametrize("how", ["connection", "status"])
def test_a_write_with_a_lost_response_is_retried_and_applied_once(say, shop: Shop, gateway: Gateway, how: str) -> None:
    say("export", "shop", "--output", "shop.yaml")
    file = Path("shop.yaml")
    file.write_text(file.read_text("utf-8").replace("accent: '#0b57d0'", "accent: '#7a1f5c'"), "utf-8")
    gateway.loses = how
    done = say("publish", "shop", "shop.yaml")
    assert done.exit_code == 0, done.output
    assert "retrying for 60 seconds" in done.output
    assert "Published version 2 of shop" in done.output
    back = say("restore", "shop", "1")
    assert "Published version 3 of shop" in back.output, back.output
    trail = shop.get("/api/v1/sites/shop/audit", Authorization=shop.token("log:read")).json["items"]
    actions = [one["action"] for one in trail if one["kind"] == "audit"]
    assert actions[:4] == ["version.published", "draft.changed", "version.published", "draft.changed"]


def test_a_lost_response_ends_the_command_when_retries_are_disabled(say, gateway: Gateway) -> None:
    say("export", "shop", "--output", "shop.yaml")
    gateway.loses = "status"
    done = say("import", "shop", "shop.yaml", "--retry", "0")
    assert done.exit_code == 1
    assert "status 502" in done.output
    assert "trying again" not in done.output


def test_the_token_comes_from_the_variable_a_file_or_the_command_line(say, shop: Shop) -> None:
    token = shop.token("config:read").removeprefix("Bearer ")
    Path("token").write_text(f"{token}\n")
    for options in (("--token-file", "token"), ("--token", token)):
        assert say("diff", "shop", *options, token="cst_none").exit_code == 0, "an option is before the variable"
    Path("empty").write_text("\n")
    Path("two").write_text(f"{token}\n{token}\n")
    Path("binary").write_bytes(b"\xff")
    for options, sentence in (
        (("--token-file", "missing"), "missing cannot be read: No such file"),
        (("--token-file", "empty"), "Set CONFIG_TOKEN"),
        (("--token-file", "two"), "Not a token"),
        (("--token-file", "binary"), "binary is not UTF-8 text"),
        (("--token", "töken"), "Not a token"),
        (("--token-file", "token", "--token", token), "not both"),
    ):
        refused = say("diff", "shop", *options, token="")
        assert (refused.exit_code > 0, sentence in refused.output) == (True, True), refused.output
        assert token not in refused.output
    local = CliRunner().invoke(main, ["config", "diff", "shop", "--token-file", "token"])
    assert "A token requires --server" in local.output
