"""The demo with two years behind it, and a user of compliance at its dashboard: what walks on many receipts share."""

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext

from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import Walk
from tests.story.demo import Demo, Visitor

RECEIPTS = int(os.environ.get("WALK_RECEIPTS", "1000000"))
"""How many receipts the walks are on; fewer while somebody works on them."""
START_S = 300 + RECEIPTS / 300
PASSWORD = "four quiet green owls"
MAIL = "compliance@shop.localhost"


@dataclass
class Past:
    """The running demo, and the session of a user of compliance, who signs in once."""

    demo: Demo
    state: Any = None
    token: str = ""
    taken: list[str] = field(default_factory=list)
    pruned: int = 0
    is_audited: bool = False

    def sign_in(self, browser: Browser) -> None:
        """Add the user, and keep the session: log-ins are counted."""
        self.demo.command("user", "create", MAIL, "--role", "compliance", "--site", "demo", "--password", PASSWORD)
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{self.demo.url}/login")
        page.get_by_label("Email").fill(MAIL)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sites/**")
        self.state = context.storage_state()
        context.close()

    @contextmanager
    def walk(self, browser: Browser, manner: Any) -> Iterator[Walk]:
        """Open the dashboard at a width and in a theme."""
        width, scheme = manner
        options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
        with strict_page(browser, self.demo.url, storage_state=self.state, **options) as view:
            view.page.set_default_timeout(120_000)
            yield Walk(view, view.page)

    @contextmanager
    def visitor(self, browser: Browser, manner: Any) -> Iterator[Visitor]:
        """Give a visitor at a width and in a theme."""
        width, scheme = manner
        context: BrowserContext = browser.new_context(
            locale="en-GB", viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        somebody = Visitor(self.demo, context)
        yield somebody
        assert somebody.errors == []
        context.close()

    def visitors(self, choices: int) -> tuple[str, str]:
        """Return a visitor of the shop with at least so many receipts, each time another one, and the newest of them."""
        query = """SELECT p.visitor, max(r.time), r.id FROM receipt_personal p JOIN receipt r ON r.id = p.receipt_id
            WHERE p.site_id = 1 AND p.visitor IN (SELECT visitor FROM receipt_personal WHERE site_id = 1
              AND previous IS NOT NULL LIMIT 2000) GROUP BY p.visitor HAVING count(*) >= ? ORDER BY p.visitor LIMIT 50"""
        with sqlite3.connect(self.demo.folder / "consent.sqlite") as database:
            rows = database.execute(query, (choices,)).fetchall()
        visitor, _, receipt = next(row for row in rows if row[0] not in self.taken)
        self.taken.append(visitor)
        return str(visitor), str(receipt)

    def kept_between(self, first: datetime.date, last: datetime.date) -> int:
        """Return how many receipts of the shop of these days, both included, are not erased."""
        query = """SELECT count(*) FROM receipt WHERE site_id = 1 AND NOT erased
            AND time >= unixepoch(?) AND time < unixepoch(?, '+1 day')"""
        return int(self._ask(query, str(first), str(last))[0])

    def oldest_erased(self) -> str:
        """Return the id of the oldest receipt of the shop that is erased."""
        return str(self._ask("SELECT id FROM receipt WHERE site_id = 1 AND erased ORDER BY time LIMIT 1")[0])

    def let_proofs_grow_old(self) -> None:
        """Have the next dangerous act ask who is there."""
        with contextlib.closing(sqlite3.connect(self.demo.folder / "consent.sqlite", timeout=60)) as database:
            database.execute("UPDATE browser_session SET authenticated_at = 0")
            database.commit()

    def _ask(self, query: str, *given: str) -> Any:
        with contextlib.closing(sqlite3.connect(self.demo.folder / "consent.sqlite")) as database:
            return database.execute(query, given).fetchone()

    def keys(self, folder: Path) -> list[Path]:
        """Write the public keys of log and receipts into files, as an auditor has them."""
        found = [folder / "log.vkey", folder / "keys.json"]
        for file, path in zip(found, ("log/demo/vkey", ".well-known/jwks.json"), strict=True):
            file.write_text(requests.get(f"{self.demo.url}/{path}", timeout=30).text)
        return found

    def counted(self, name: str) -> int:
        """Return a sum of the last thirty days from the API's statistics, such as `answers`."""
        if not self.token:
            self.token = self.demo.command("token", "create", "--scope", "receipts:read")
        answer = requests.get(
            f"{self.demo.url}/api/v1/sites/demo/statistics?bots=include",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )
        return int(answer.json()["total"][name])
