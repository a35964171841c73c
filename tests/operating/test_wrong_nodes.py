"""A node that differs from the others, or that finds no database: what it says, and that it accepts no choices."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from consent.demo.site import KEY
from consent.signing.keys import load_keys
from consent.storage.operations.nodes import HEARTBEAT_SECONDS
from tests.cluster.release import VERSION, make_later_release
from tests.operating.service import DECISION, Service, beside, doctor, free_port, installed
from tests.polling import wait_for
from tests.stalling_proxy import quiet_proxy

pytestmark = [pytest.mark.long, pytest.mark.postgres, pytest.mark.timeout(300)]
HOUR_S = 3600


@pytest.fixture
def right(tmp_path: Path, ready_postgres_database: str) -> Iterator[Service]:
    """Yield a correct, running node."""
    folder = tmp_path / "right"
    folder.mkdir()
    with installed(folder, CONSENT_DATABASE_URL=ready_postgres_database) as found:
        found.start()
        yield found


@pytest.fixture
def wrong(right: Service, tmp_path: Path) -> Iterator[Service]:
    """Yield a second node with the same keys, which a test breaks before starting it."""
    found = beside(right, tmp_path / "wrong")
    yield found
    if hasattr(found, "process"):
        found.stop()


def with_a_clock_ahead(node: Service) -> None:
    set_clock(node, HOUR_S)


def with_a_clock_behind(node: Service) -> None:
    set_clock(node, -HOUR_S)


def with_another_secret(node: Service) -> None:
    (Path(node.environ["CONSENT_INSTANCE"]) / "keys" / "secret.key").write_text("0f1e2d3c4b5a6978" * 4 + "\n")


def with_other_signing_keys(node: Service) -> None:
    keys = Path(node.environ["CONSENT_INSTANCE"]) / "keys"
    load_keys(node.folder / "strange")
    for name in ("receipt.key", "log.key"):
        (keys / name).write_bytes((node.folder / "strange" / name).read_bytes())


def set_clock(node: Service, ahead_s: int) -> None:
    """Make everything that a node runs read another clock, as on a machine whose clock is wrong."""
    [library] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    clock = {"LD_PRELOAD": str(library), "FAKETIME": f"{ahead_s:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    node.environ = node.environ | clock


HARMS: dict[Callable[[Service], None], tuple[str, str]] = {
    with_a_clock_ahead: ("s ahead of the database's; synchronize it with NTP.", "nodes"),
    with_a_clock_behind: ("The clock is behind the newest checkpoint of the log; synchronize it with NTP.", "nodes"),
    with_another_secret: ("which started earlier; copy it from there.", "nodes"),
    with_other_signing_keys: ("differs from that of the other nodes; copy keys/receipt.key from one of them.", "nodes"),
}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_misconfigured_node_stores_nothing_and_reports_why_once(
    right: Service, wrong: Service, harm: Callable[[Service], None]
) -> None:
    kept = [right.choose().json["id"]]
    # From then on its key is in the log, so that other keys are detected.
    wait_for(lambda: right.ask(f"/api/v1/receipts/{kept[0]}/proof").status == 200)
    as_it_was = wrong.environ, {path: path.read_bytes() for path in (wrong.folder / "instance" / "keys").iterdir()}
    harm(wrong)
    sentence, part = HARMS[harm]
    wrong.start(wanted=503)
    check_refusing(wrong, sentence)
    assert f"FAIL {part}: " in (said := doctor(wrong)), said
    assert sentence in said.partition(f"FAIL {part}: ")[2].partition("FAIL service")[0], said
    assert "FAIL service: " in said, said
    kept.append(right.choose().json["id"])
    assert right.ask("/readyz").status == 200
    time.sleep(2 * HEARTBEAT_SECONDS)
    told = [line for line in wrong.output.splitlines() if sentence in line]
    assert len(told) == 1, wrong.output
    assert "Traceback" not in wrong.output
    assert right.stored_ids() == set(kept)
    # Once repaired, it works like the others.
    wrong.stop()
    wrong.environ, keys = as_it_was
    for path, content in keys.items():
        path.write_bytes(content)
    wrong.start()
    # The page's token is from another node, which has the same secret.
    assert wrong.choose(right.choice()).status == 201


def check_refusing(node: Service, sentence: str) -> None:
    """Check that a node refuses choices for that reason but does everything else."""
    refused = node.choose()
    assert refused.status == 503
    assert "retry-after" in {name.lower() for name in refused.headers}
    ready = node.ask("/readyz")
    assert ready.status == 503
    assert [warning for warning in ready.json["warnings"] if sentence in warning], ready.body
    assert (node.ask(DECISION).status, node.ask("/healthz").status) == (200, 200)


def test_a_clock_that_jumps_while_the_node_runs_is_noticed(right: Service, wrong: Service, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    set_clock(wrong, 0)
    del wrong.environ["FAKETIME"]
    wrong.environ |= {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
    wrong.start()
    assert wrong.choose().status == 201
    clock.write_text(f"+{HOUR_S}")
    wait_for(lambda: wrong.ask("/readyz").status == 503)
    check_refusing(wrong, "s ahead of the database's; synchronize it with NTP.")
    clock.write_text("+0")
    wait_for(lambda: wrong.ask("/readyz").status == 200)
    assert wrong.choose().status == 201
    assert wrong.output.count("writes are allowed again") == 1


def test_a_release_that_is_too_old_for_the_database_says_which_it_needs(
    right: Service, wrong: Service, tmp_path: Path
) -> None:
    later = make_later_release(tmp_path / "later", takes_away=True)
    wrong.start()
    command = [sys.executable, "-m", "consent.cli", "db", "upgrade"]
    environ = right.whole_environ | {"PYTHONPATH": str(later)}
    subprocess.run(command, cwd=right.folder, env=environ, check=True, capture_output=True)
    sentence = "requires a program at version 9000 or later"
    # It checks periodically: a choice in between is kept.
    wait_for(lambda: wrong.choose().status == 503)
    check_refusing(wrong, sentence)
    assert sentence in doctor(wrong)
    right.stop()
    right.environ = right.environ | {"PYTHONPATH": str(later)}
    right.start()
    kept = right.choose()
    assert kept.status == 201
    time.sleep(HEARTBEAT_SECONDS)
    assert len([line for line in wrong.output.splitlines() if sentence in line]) == 1, wrong.output
    assert kept.json["id"] in right.stored_ids()


def test_a_release_that_is_older_and_good_enough_serves_and_both_say_so(
    right: Service, wrong: Service, tmp_path: Path
) -> None:
    right.stop()
    right.environ = right.environ | {"PYTHONPATH": str(make_later_release(tmp_path / "later"))}
    command = [sys.executable, "-m", "consent.cli", "db", "upgrade"]
    subprocess.run(command, cwd=right.folder, env=right.whole_environ, check=True, capture_output=True)
    right.start()
    wrong.start()
    sentence = f"{VERSION}); complete the upgrade."
    for node in (right, wrong):
        wait_for(lambda node=node: sentence in node.ask("/readyz").body.decode())
        assert node.ask("/readyz").status == 200
        assert node.choose().status == 201
    assert sentence in doctor(wrong)
    assert len([line for line in wrong.output.splitlines() if sentence in line]) == 1


def test_a_service_whose_database_is_nowhere_starts_says_why_and_keeps_nothing(right: Service, wrong: Service) -> None:
    parsed = make_url(right.environ["CONSENT_DATABASE_URL"])
    address = f"postgresql://{parsed.username}:hidden@127.0.0.1:{free_port()}/{parsed.database}"
    wrong.environ = wrong.environ | {"CONSENT_DATABASE_URL": address}
    wrong.start(wanted=503)
    body = right.choice()
    refused = wrong.choose(body)
    assert refused.status == 503
    assert "retry-after" in {name.lower() for name in refused.headers}
    # It has nothing in memory: on 404, a browser would drop its choice.
    assert [wrong.ask(path).status for path in (DECISION, f"/b/{KEY}.js")] == [503, 503]
    assert wrong.ask("/healthz").json == {"status": "starting"}
    said = doctor(wrong)
    assert "FAIL database: It does not respond" in said
    assert "refused" in said
    time.sleep(HEARTBEAT_SECONDS)
    assert "Traceback" not in wrong.output
    assert "hidden" not in wrong.output + said
    assert (lost := outages(wrong)) == (1, 0), (lost, wrong.output)


def test_reports_a_half_open_connection_once_and_its_recovery_once(right: Service, wrong: Service) -> None:
    parsed = make_url(right.environ["CONSENT_DATABASE_URL"])
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        address = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        wrong.environ = wrong.environ | {"CONSENT_DATABASE_URL": address}
        wrong.start()
        assert wrong.choose().status == 201
        body = wrong.choice()
        proxy.stall()
        assert wrong.choose(body).status == 503
        assert wrong.ask("/readyz").status == 503
        assert (wrong.ask(DECISION).status, wrong.ask("/healthz").status) == (200, 200)
        said = doctor(wrong)
        assert "FAIL database: It does not respond" in said
        wait_for(lambda: "the database does not answer" in wrong.output)
        assert "Traceback" not in wrong.output
        proxy.resume()
        wait_for(lambda: wrong.choose(body).status in (200, 201))
        wait_for(lambda: wrong.ask("/readyz").status == 200)
        wait_for(lambda: outages(wrong)[1] > 0)
        # By then, whatever was stuck the longest has timed out.
        time.sleep(2 * HEARTBEAT_SECONDS)
        assert (lost := outages(wrong)) == (1, 1), (lost, wrong.output)
        assert len(right.stored_ids()) == 2


def outages(node: Service) -> tuple[int, int]:
    """Return how often a node's log says that the database is lost, in any wording, and that it is back."""
    lines = node.output.splitlines()
    return sum("does not answer" in line for line in lines), sum("answers again" in line for line in lines)
