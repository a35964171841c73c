"""Each command block of the docs runs here as written, or has a mark with the reason or the test that runs it.

A page's blocks run in order in one folder, on a service with a site `shop`. In them `https://consent.example.com` is
replaced by that service, and folders such as `/var` are under the test's folder.
"""

import contextlib
import datetime
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from consent.app import create_service
from consent.cli import main
from consent.cli.token import SCOPES
from consent.signing.keys import load_keys
from consent.storage.accounts import site_groups
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.receipts import receipts
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites import configs, sites
from tests.api.shop import Shop, open_shop, shop_settings
from tests.archive.months import at, signed_receipt
from tests.docs_commands import PAGES, ROOT, Block, command_blocks
from tests.log.sequencing import sequence_all
from tests.operating.service import free_port
from tests.wsgi_server import serving_at

pytestmark = pytest.mark.extended

BLOCKS = [block for page in PAGES for block in command_blocks(page)]
RUN_HERE = [block for block in BLOCKS if not (block.reason or block.run_by)]
SIMPLE = re.compile(r"consent (?:[^|&;$<>`'\"]|'[^']*'|\"[^\"$`]*\")*(?:> (?P<file>[\w./-]+))?$")
"""A call of `consent` that needs no shell."""
FOLDERS = re.compile(r"(?<![\w./-])/(?=(?:var|etc|tmp|opt|srv)/)")
NEW = "docs/one-server.md"
"""The page that starts without a site."""
STATED = ("name", "address", "contact", "policy_revision", "storage_location", "retention")
SIGN_UP = "four quiet green owls\n"
MAPPING = {
    "tool": "cookiebot",
    "cookie": "CookieConsent",
    "categories": {"statistics": "analytics", "marketing": "advertising"},
    "vendors": [],
    "delete": False,
}


class Operator:
    """The operator who types the commands: a folder, a service and the shell's environment."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, *, is_new: bool) -> None:
        self.is_new = is_new
        self.root, self.home, self.port = root, root / "var" / "lib" / "consent", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in ("var/lib", "var/backups/consent", "etc/nginx/conf.d", "etc/caddy", "opt", "tmp", "bin"):
            (root / name).mkdir(parents=True)
        self.home.mkdir()
        (root / "bin" / "consent").symlink_to(Path(sys.executable).with_name("consent"))
        self.shop = self._open()
        self.stack = contextlib.ExitStack()
        settings = {"INSTANCE": self.home / "instance", "BASE_URL": self.url, "DEMO": "1", "BROWSER_CHECK": "off"}
        for name, value in settings.items():
            patch.setenv(f"CONSENT_{name}", str(value))
        patch.setenv("PATH", f"{root / 'bin'}:{os.environ['PATH']}")
        patch.setenv("TOKEN", self.shop.token(*SCOPES).removeprefix("Bearer "))
        patch.chdir(self.home)
        self.patch, self.numbers = patch, itertools.count(1000)

    def _open(self) -> Shop:
        """Open the service; the one for one-server.md has no site, since the page's commands add it."""
        instance = self.home / "instance"
        if not self.is_new:
            return open_shop(instance, base_url=self.url)
        settings = shop_settings(instance, base_url=self.url)
        instance.mkdir(exist_ok=True)
        engine = make_engine(settings.database)
        upgrade(engine)
        engine.dispose()
        service = create_service(settings)
        return Shop(service, Client(service.wsgi_app, use_cookies=False), 1)

    def start(self) -> None:
        """Serve, as `systemctl start consent` does."""
        self.stack.callback(self.shop.service.close)
        self.stack.enter_context(serving_at(self.shop.service.wsgi_app, self.port))

    def stop(self) -> None:
        """Stop the service, as `systemctl stop consent` does."""
        self.stack.close()

    def run(self, block: Block) -> None:
        """Run a block line by line; each command must succeed."""
        if block.text.startswith("consent config export shop > /tmp"):
            self.complete()
        if block.text.startswith("15 3 * * *"):
            for made_before in self.root.glob("var/backups/consent/*.sqlite"):
                made_before.unlink()  # the page's backup ran on another day
        if block.text.startswith("consent geo update"):
            self.patch.setenv("CONSENT_GEO_DATABASE", str(self.home / "geo.mmdb"))  # as the page's `.env` sets it
        for written in block.commands:
            command = FOLDERS.sub(f"{self.root}/", written.replace("https://consent.example.com", self.url))
            command = command.replace(f"{self.root}/opt/consent/bin/", "")
            for written_value, value in VALUES.items():
                if written_value in command:
                    command = command.replace(written_value, value(self))
            if command == "systemctl stop consent":
                self.stop()
            elif command == "systemctl start consent":
                self.shop = self._open()
                self.start()
            elif match := SIMPLE.fullmatch(command):
                said = self.consent(command.removesuffix(f"> {match['file']}"), block)
                if "config publish" in command:
                    self.shop.service.context.configs.live.refresh()
                if match["file"]:
                    Path(match["file"]).write_text(said, "utf-8")
            else:
                self.shell(command, block)
        self.patch.delenv("CONSENT_GEO_DATABASE", raising=False)

    def consent(self, command: str, block: Block) -> str:
        """Run the command in this process and return its standard output."""
        given = SIGN_UP * 2 if "user create" in command else None
        done = CliRunner().invoke(main, shlex.split(command)[1:], input=given, catch_exceptions=False)
        if command.strip() == "consent doctor" and self.is_new:
            # As the page says, `sites` fails before the first publish.
            assert {line.split()[1] for line in done.output.splitlines() if line.startswith("FAIL")} <= {"sites"}, (
                done.output
            )
            return done.stdout
        assert done.exit_code == 0, f"{block.name}: {command}\n{done.output}"
        return done.stdout

    def shell(self, command: str, block: Block) -> None:
        """Run the command in a shell in which curl fails on error responses."""
        script = f'curl() {{ command curl -sS --fail-with-body "$@"; }}\n{command}'
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, f"{block.name}: {command}\n{done.stdout}{done.stderr}"
        if command.endswith("/exports"):
            self.patch.setenv("EXPORT", json.loads(done.stdout)["id"])
        if assigned := re.match(r"(\w+)=\$\(", command):
            shown = subprocess.run(
                ["bash", "-c", f'{command}\nprintf %s "${assigned[1]}"'], capture_output=True, text=True
            )
            self.patch.setenv(assigned[1], shown.stdout)

    def choices(self) -> None:
        """Record visitors' choices and add them to the log."""
        for number in range(3):
            answer = self.shop.choose(self.shop.choice(key=f"{number:032x}"))
            assert answer.status_code == 201
        sequence_all(self.shop.service.context)
        self.write("receipt.tlog-proof", self.shop.get(f"/api/v1/receipts/{answer.json['id']}/proof").data)

    def new_visitor(self) -> str:
        """Record another visitor's choice and return the visitor's id."""
        key = f"{next(self.numbers):032x}"
        answer = self.shop.choose(self.shop.choice(key=key), Host="www.example.com")
        assert answer.status_code == 201
        with self.shop.service.context.engine.connect() as connection:
            found = receipts.get(connection, answer.json["id"])
        assert found
        assert found.visitor
        return found.visitor

    def due(self) -> int:
        """Return how many receipts the retention period would erase now."""
        authorization = f"Bearer {os.environ['TOKEN']}"
        shown = self.shop.get("/api/v1/sites/shop/retention", Authorization=authorization).json
        return int(shown["preview"]["receipts"])

    def old_choices(self, since: int, count: int) -> None:
        """Record receipts dated `since` and later."""
        keys = load_keys(self.home / "instance" / "keys")
        engine = self.shop.service.context.engine
        with engine.connect() as connection:
            site = sites.by_key(connection, "shop")
        assert site
        writer = ReceiptWriter(engine, timeout=60)
        for number in range(count):
            writer.submit(signed_receipt(site, keys, since + number, number))
        assert writer.close()
        sequence_all(self.shop.service.context)

    def auditor(self) -> None:
        """Save a checkpoint and the public keys, as an auditor would."""
        self.choices()
        authorization = f"Bearer {os.environ['TOKEN']}"
        for name, path in (
            ("shop.vkey", "/log/shop/vkey"),
            ("shop.jwks", "/.well-known/jwks.json"),
            ("old.checkpoint", "/log/shop/checkpoint"),
        ):
            self.write(name, self.shop.get(path, Authorization=authorization).data)
        self.choose_more()

    def choose_more(self) -> None:
        assert self.shop.choose(self.shop.choice(key="f" * 32)).status_code == 201
        sequence_all(self.shop.service.context)

    def write(self, name: str, content: bytes | str) -> None:
        (self.home / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def complete(self) -> None:
        """Fill in the required fields under *Settings*, as the owner does in the dashboard."""

        def fill(draft: dict[str, Any]) -> None:
            draft["controller"] |= dict.fromkeys(STATED, "stated") | {"policy_url": "https://www.example.com/privacy"}

        self.shop.edit(fill)


def with_public_log(operator: Operator) -> None:
    operator.shop.edit(lambda draft: draft["overrides"].update(public_log=True))
    name = operator.shop.publish().name
    with operator.shop.service.context.engine.connect() as connection:
        body = configs.get_config(connection, name)
    assert body
    operator.patch.setenv("BANNER_SHA256", json.loads(body)["banner_sha256"])
    (operator.home / "consent.sqlite").symlink_to(operator.home / "instance" / "consent.sqlite")
    operator.auditor()


def with_months(operator: Operator) -> None:
    operator.old_choices(at(3, month=11), count=3)


def with_lists(operator: Operator) -> None:
    operator.write("found.csv", "name,domain\n_ga,.example.com\nbasket,www.example.com\n")
    for name in ("trackers.txt", "ads.txt"):
        operator.write(name, "||tracker.example^\n")


def with_mapping(operator: Operator) -> None:
    operator.shop.edit(lambda draft: draft["overrides"].update(old_choices=MAPPING))
    operator.shop.publish()
    operator.write("log.csv", "id,time,country,statistics,marketing\nreader-1,2026-10-01T10:00:00Z,DE,yes,no\n")


def with_group(operator: Operator) -> None:
    operator.choices()
    with operator.shop.service.context.engine.begin() as connection:
        site_groups.put(connection, "Brand sites", [operator.shop.site_id])


def with_settings(operator: Operator) -> None:
    operator.write(".env", "")
    shutil.copy(ROOT / "consent" / "data" / "geo" / "country-region.mmdb", operator.root / "tmp/dbip-city-lite.mmdb")


def today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


VALUES: dict[str, Callable[[Operator], str]] = {
    "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03": Operator.new_visitor,
    "2026-11-24": lambda _: today(),
    "2026-11-25.sqlite": lambda _: f"{today()}.sqlite",
    "restore shop 4": lambda _: "restore shop 1",
    '"receipts": 81204': lambda operator: f'"receipts": {operator.due()}',
}
"""Made-up values in the examples, and how to get the real ones here."""

BEFORE: dict[str, Callable[[Operator], None]] = {
    "docs/classifier.md": with_lists,
    "docs/cli.md": with_public_log,
    "docs/http-api.md": with_group,
    "docs/log.md": with_public_log,
    "docs/months.md": with_months,
    "docs/moving.md": with_mapping,
    "docs/one-server.md": with_settings,
}
"""What a page's reader has before its first block runs, by page name."""


@pytest.mark.parametrize("page", sorted({block.page for block in RUN_HERE}))
@pytest.mark.server
def test_the_commands_of_a_page_work(page: str, operator: Operator) -> None:
    BEFORE.get(page, Operator.choices)(operator)
    operator.start()
    for block in RUN_HERE:
        if block.page == page:
            operator.run(block)


@pytest.fixture
def operator(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    made = Operator(tmp_path, monkeypatch, is_new=page == NEW)
    try:
        yield made
    finally:
        made.stop()


def test_each_mark_names_a_test_that_reads_the_page() -> None:
    for block in BLOCKS:
        if block.run_by:
            file = ROOT / block.run_by
            assert file.is_file(), block.name
            assert Path(block.page).name in file.read_text("utf-8"), f"{block.name}: {block.run_by} does not read it"
        for other in re.findall(r"tests/[\w/.]+", block.reason):
            assert (ROOT / other).exists(), f"{block.name} names {other}"
    assert len(RUN_HERE) > 40


def test_a_mark_stands_before_a_command_block() -> None:
    marks = sum(
        len(re.findall(r"^ {0,3}<!-- (?:not run:|run by )", page.read_text("utf-8"), re.MULTILINE)) for page in PAGES
    )
    assert marks == len([block for block in BLOCKS if block.reason or block.run_by])
