"""The demo with two years of history, and a compliance user at its dashboard, shared by walks on many receipts."""

import calendar
import datetime
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import Engine, text

from consent.storage.database.engine import make_engine
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import Walk
from tests.story.demo import Demo, Visitor

RECEIPTS = int(os.environ.get("WALK_RECEIPTS", "1000000"))
"""How many receipts the walks have; use fewer when working on them."""
ON_POSTGRES = os.environ.get("WALK_POSTGRES") == "1"
"""Whether the receipts are in PostgreSQL instead of SQLite."""
START_S = 300 + RECEIPTS / 300
PASSWORD = "four quiet green owls"
MAIL = "compliance@shop.localhost"


@dataclass
class Past:
    """The running demo, and the session of a compliance user who signs in once."""

    demo: Demo
    state: Any = None
    token: str = ""
    taken: list[str] = field(default_factory=list)
    pruned: int = 0
    is_audited: bool = False

    def sign_in(self, browser: Browser) -> None:
        """Add the user and keep the session, since sign-ins are rate-limited."""
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
        """Open the dashboard with a window width and a theme."""
        width, scheme = manner
        options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
        with strict_page(browser, self.demo.url, storage_state=self.state, **options) as view:
            view.page.set_default_timeout(120_000)
            yield Walk(view, view.page)

    @contextmanager
    def visitor(self, browser: Browser, manner: Any) -> Iterator[Visitor]:
        """Yield a visitor with a window width and a theme."""
        width, scheme = manner
        context: BrowserContext = browser.new_context(
            locale="en-GB", viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        somebody = Visitor(self.demo, context)
        yield somebody
        assert somebody.errors == []
        context.close()

    def visitors(self, choices: int) -> tuple[str, str]:
        """Return a visitor with at least `choices` receipts, another one in each call, and their newest receipt."""
        query = """SELECT p.visitor, r.id FROM receipt_personal p JOIN receipt r ON r.id = p.receipt_id
            WHERE p.site_id = 1 AND p.visitor IN (SELECT visitor FROM receipt_personal WHERE site_id = 1
              AND previous IS NOT NULL LIMIT 2000) ORDER BY p.visitor, r.time"""
        of_visitor: dict[str, list[str]] = {}
        for visitor, receipt in self._ask(query):
            of_visitor.setdefault(visitor, []).append(receipt)
        known = ((visitor, ids[-1]) for visitor, ids in of_visitor.items() if len(ids) >= choices)
        visitor, receipt = next(one for one in known if one[0] not in self.taken)
        self.taken.append(visitor)
        return visitor, receipt

    def kept_between(self, first: datetime.date, last: datetime.date) -> int:
        """Return how many of the shop's receipts from these days, both included, aren't erased."""
        query = "SELECT count(*) FROM receipt WHERE site_id = 1 AND NOT erased AND time >= :since AND time < :until"
        since, until = (calendar.timegm(day.timetuple()) for day in (first, last + datetime.timedelta(days=1)))
        return int(self._ask(query, since=since, until=until)[0][0])

    def oldest_erased(self) -> str:
        """Return the id of the shop's oldest erased receipt."""
        return str(self._ask("SELECT id FROM receipt WHERE site_id = 1 AND erased ORDER BY time LIMIT 1")[0][0])

    def let_proofs_grow_old(self) -> None:
        """Make the next dangerous action ask for the password."""
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE browser_session SET authenticated_at = 0"))

    def _ask(self, query: str, **given: int) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(text(query), given).all()

    @cached_property
    def engine(self) -> Engine:
        """Return an engine for the demo's database, separate from the service's."""
        return make_engine(self.demo.database_url or f"sqlite:///{self.demo.folder / 'consent.sqlite'}")

    def keys(self, folder: Path) -> list[Path]:
        """Write the public keys of log and receipts into files, as an auditor has them."""
        found = [folder / "log.vkey", folder / "keys.json"]
        for file, path in zip(found, ("log/demo/vkey", ".well-known/jwks.json"), strict=True):
            file.write_text(requests.get(f"{self.demo.url}/{path}", timeout=30).text)
        return found

    def counted(self, name: str) -> int:
        """Return a total over the last thirty days, such as `answers`, from the API's statistics."""
        if not self.token:
            self.token = self.demo.command("token", "create", "--scope", "receipts:read")
        answer = requests.get(
            f"{self.demo.url}/api/v1/sites/demo/statistics?bots=include",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )
        return int(answer.json()["total"][name])
