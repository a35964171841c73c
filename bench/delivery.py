"""Deliveries per second to a receiver on this machine, and a dispatcher's memory with 100,000 events queued.

`python -m bench.delivery [EVENTS]`; the receiver is a separate process.
"""

import contextlib
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, insert

from bench.processes import free_port
from consent.config import Settings
from consent.core.groups import OPTIONAL
from consent.delivery import manage
from consent.delivery.event import Subject, ending_data, new_event
from consent.delivery.services import DeliveryServices, build_delivery
from consent.log.audit_author import AuditActor, Author
from consent.signing.keys import load_keys
from consent.storage.database.engine import make_engine
from consent.storage.delivery import outbox, receivers
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from consent.storage.tables.delivery import OutboxEvent

EVENTS, SUBJECTS = 100_000, 20_000
AIM_PER_S, AIM_MIB = 1000, 40
FIELDS = manage.ReceiverFields("Bench", "", "plain", "", {}, (), "none", False, "v1", "json")


@contextlib.contextmanager
def receiving() -> Iterator[int]:
    """Run a receiver that responds with 200 to everything, and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.delivery.receiver_process", str(port), "-"]
    process = subprocess.Popen(command)
    try:
        time.sleep(1)
        yield port
    finally:
        process.kill()
        process.wait()


def fill(engine: Engine, services: DeliveryServices, site_id: int, count: int) -> None:
    """Add `count` events of `SUBJECTS` browsers to the outbox, numbered as if a receiver had been down."""
    data, now = ending_data("bench", OPTIONAL, "browser"), int(time.time())
    for start in range(0, count, 1000):
        rows = [
            new_event(
                services.keys,
                site_id,
                Subject(f"{number % SUBJECTS:032x}"),
                data,
                time=now,
                receipt_id=secrets.token_hex(16),
            )._asdict()
            for number in range(start, min(start + 1000, count))
        ]
        with engine.begin() as connection:
            connection.execute(insert(OutboxEvent), rows)
            outbox.number(connection, site_id, len(rows))


def peak_mib() -> float:
    """Return the peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(folder: Path, port: int, count: int) -> None:
    """Fill the outbox, send everything, and print the results."""
    settings = Settings(instance=folder, delivery_hosts=(f"127.0.0.1:{port}",))
    engine = make_engine(settings.database)
    upgrade(engine)
    keys = load_keys(folder / "keys")
    services = build_delivery(settings, engine, keys.secret)
    with engine.begin() as connection:
        sites.create(connection, "bench", "Bench", "{}", int(time.time()))
        site = sites.by_key(connection, "bench")
        assert site
        fields = FIELDS._replace(address=f"http://127.0.0.1:{port}/")
        author = Author(AuditActor("bench"), keys.receipt)
        receiver, _ = manage.add_receiver(
            connection, services.keys, services.senders.allowed, site, author, fields, int(time.time())
        )
    fill(engine, services, site.id, count)
    before, begun = peak_mib(), time.monotonic()
    services.dispatcher.start()
    while True:
        with engine.connect() as connection:
            row = receivers.get(connection, receiver)
            is_numbered = not outbox.has_unnumbered(connection, site.id)
        if row and is_numbered and row.cursor >= count:
            break
        time.sleep(0.2)
    seconds, more = time.monotonic() - begun, peak_mib() - before
    services.dispatcher.close()
    engine.dispose()
    print(f"{count:,} events in {seconds:.1f} s: {count / seconds:,.0f} a second (aim {AIM_PER_S:,})")
    print(f"{more:.1f} MiB more at most (aim under {AIM_MIB})")


def main() -> None:
    """Measure, and print the results."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - of this run alone
    with tempfile.TemporaryDirectory(prefix="bench-", dir=base) as folder, receiving() as port:
        run(Path(folder), port, count)


if __name__ == "__main__":
    main()
