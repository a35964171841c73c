"""Two real services on one PostgreSQL, each with its own folder: what holds on one holds on the other."""

import re
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, delete, make_url, update

from consent.app import load_artifacts
from consent.dashboard.accounts.create_user import create_user
from consent.demo.site import KEY
from consent.publishing.kill_switch import set_kill_switch
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from consent.storage.sites import sites
from consent.storage.tables.accounts import BrowserSession
from consent.storage.tables.api_tokens import ApiToken
from tests.audit_authors import author_of
from tests.hammer.visitors import Visitor
from tests.operating.service import DECISION, Answer, Service, beside, installed
from tests.polling import PATIENCE_S, wait_for
from tests.postgres_replication import running_members
from tests.stalling_proxy import quiet_proxy

pytestmark = pytest.mark.extended

SCRIPT = f"/b/{KEY}.js"
CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@contextmanager
def two_nodes(folder: Path, url: str) -> Iterator[list[Service]]:
    """Install the service twice on one database, with the same keys, and start both."""
    first = folder / "first"
    first.mkdir()
    with ExitStack() as stack:
        one = stack.enter_context(installed(first, CONSENT_DATABASE_URL=url))
        other = beside(one, folder / "second")
        one.start()
        other.start()
        stack.callback(other.stop)
        yield [one, other]


@pytest.fixture
def nodes(tmp_path: Path, ready_postgres_database: str) -> Iterator[list[Service]]:
    with two_nodes(tmp_path, ready_postgres_database) as found:
        yield found


@pytest.fixture
def engine(ready_postgres_database: str) -> Iterator[Engine]:
    found = make_engine(ready_postgres_database)
    yield found
    found.dispose()


def wait_for_more(done: list[int]) -> None:
    """Wait until ten more choices have been kept."""
    before = len(done)
    wait_for(lambda: len(done) > before + 10)


def proof(node: Service, receipt: str) -> Answer | None:
    """Wait for a receipt's proof and return it."""
    answer = node.ask(f"/api/v1/receipts/{receipt}/proof")
    return answer if answer.status == 200 else None


def test_what_is_changed_on_one_node_holds_on_the_other(nodes: list[Service], engine: Engine, tmp_path: Path) -> None:
    one, other = nodes
    body = one.choice()
    first, again = one.choose(body), other.choose(body)
    assert (first.status, again.status) == (201, 200)
    assert first.json["id"] == again.json["id"]
    by = author_of(tmp_path / "first" / "instance")
    set_kill_switch(engine, KEY, True, load_artifacts(), by)
    for node in nodes:
        wait_for(lambda node=node: f'consent_live_version{{site="{KEY}"}} 2.0' in node.ask("/metrics").body.decode())
    with engine.begin() as connection:
        site = sites.by_key(connection, KEY)
        assert site is not None
        plain = api_tokens.create(connection, "site's server", ["decide"], now=int(time.time()), site_id=site.id)
    asked = {"Authorization": f"Bearer {plain}"}
    assert [node.ask(f"{DECISION}?country=DE", **asked).status for node in nodes] == [200, 200]
    with engine.begin() as connection:
        connection.execute(update(ApiToken).values(revoked_at=1))
    for node in nodes:
        wait_for(lambda node=node: node.ask(f"{DECISION}?country=DE", **asked).status == 401)


@pytest.mark.long
def test_a_session_is_known_to_both_nodes_and_ends_on_both(nodes: list[Service], engine: Engine) -> None:
    with engine.begin() as connection:
        create_user(connection, "ann@example.com", "four quiet green owls", "admin", None)
    addresses = [f"http://127.0.0.1:{node.port}" for node in nodes]
    with requests.Session() as browser:
        page = browser.get(f"{addresses[0]}/login").text
        token = CSRF.search(page)
        assert token
        fields = {"email": "ann@example.com", "password": "four quiet green owls", "csrf_token": token[1]}
        assert browser.post(f"{addresses[1]}/login", fields).ok
        users = [f"{address}/users" for address in addresses]
        assert [browser.get(page, allow_redirects=False).status_code for page in users] == [200, 200]
        with engine.begin() as connection:
            connection.execute(delete(BrowserSession))
        assert [browser.get(page, allow_redirects=False).status_code for page in users] == [302, 302]


@pytest.mark.long
def test_the_log_goes_on_whichever_node_is_killed(nodes: list[Service]) -> None:
    for dies, lives in (nodes, nodes[::-1]):
        before = dies.choose().json["id"]
        dies.kill()
        after = lives.choose().json["id"]
        for receipt in (before, after):
            assert wait_for(lambda receipt=receipt, lives=lives: proof(lives, receipt))
        dies.start()
    kept = [Path(node.environ["CONSENT_INSTANCE"]) / "checkpoints" / KEY for node in nodes]
    wait_for(lambda: all(file.is_file() for file in kept))


@pytest.mark.long
@pytest.mark.postgres
def test_decisions_go_on_while_the_primary_is_gone_and_nothing_is_lost_when_the_standby_takes_over(
    tmp_path: Path,
) -> None:
    with running_members() as members, two_nodes(tmp_path, members.url) as nodes:
        stop = threading.Event()
        visitors = [Visitor(node, stop) for node in nodes for _ in range(2)]
        for node in nodes:
            node.choice()
        for visitor in visitors:
            visitor.start()
        wait_for(lambda: all(visitor.seen.receipts for visitor in visitors))
        members.kill_primary()
        for node in nodes:
            refused = wait_for(lambda node=node: (found := node.choose()).status == 503 and found)
            assert "retry-after" in {name.lower() for name in refused.headers}
            assert (node.ask(DECISION).status, node.ask(SCRIPT).status, node.ask("/healthz").status) == (200, 200, 200)
            assert node.ask("/readyz").status == 503
        members.promote()
        before = [len(visitor.seen.receipts) for visitor in visitors]
        wait_for(lambda: all(len(visitor.seen.receipts) > old for visitor, old in zip(visitors, before, strict=True)))
        stop.set()
        for visitor in visitors:
            visitor.join(PATIENCE_S)
        assert [fault for visitor in visitors for fault in visitor.seen.faults] == []
        acknowledged = [receipt for visitor in visitors for receipt, _ in visitor.seen.receipts.values()]
        stored = nodes[0].stored_ids()
        assert len(acknowledged) == len(set(acknowledged))
        assert set(acknowledged) <= stored
        for node in nodes:
            wait_for(lambda node=node: node.ask("/readyz").status == 200)
            assert wait_for(lambda node=node: proof(node, acknowledged[-1]))


@pytest.mark.long
def test_a_database_that_falls_silent_slows_no_decision_and_needs_no_restart(
    tmp_path: Path, ready_postgres_database: str
) -> None:
    parsed = make_url(ready_postgres_database)
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        with installed(tmp_path, CONSENT_DATABASE_URL=url) as service:
            service.start()
            assert service.choose().status == 201
            proxy.stall()
            body = service.choice()
            seconds = []
            for _ in range(20):
                begun = time.monotonic()
                assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
                seconds.append(time.monotonic() - begun)
                assert service.choose(body).status == 503
            assert service.ask("/readyz").status == 503
            sys.stdout.write(f"decision and script while the database is silent: {max(seconds):.3f} s at most\n")
            proxy.resume()
            receipt = wait_for(lambda: (found := service.choose(body)).status in (200, 201) and found.json["id"])
            wait_for(lambda: service.ask("/readyz").status == 200)
            assert wait_for(lambda: proof(service, receipt))
            assert len(service.stored_ids()) == 2


def is_ready(node: Service) -> bool:
    """Return whether a load balancer sends requests to a node; a check without an answer has failed."""
    try:
        return node.ask("/readyz").status == 200
    except ConnectionError:
        return False


@pytest.mark.long
def test_nodes_are_restarted_one_by_one_without_a_request_that_fails(nodes: list[Service]) -> None:
    for node in nodes:
        node.choice()
    stop, refused, done = threading.Event(), [], []

    def visit() -> None:
        """Request as a load balancer does: only from ready nodes, and from the other if a connection is refused."""
        while not stop.is_set():
            for node in filter(is_ready, nodes):
                try:
                    status = node.choose().status
                except ConnectionRefusedError:
                    continue
                (done if status == 201 else refused).append(status)

    with ThreadPoolExecutor(4) as pool:
        visits = [pool.submit(visit) for _ in range(4)]
        for node in nodes:
            wait_for_more(done)
            assert node.stop() == 0
            wait_for_more(done)
            node.start()
        stop.set()
        for one in visits:
            one.result()
    assert refused == []
