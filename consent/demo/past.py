"""A database with two years behind it: three sites, six versions each, signed receipts, and their logs.

Receipts are signed in processes of their own, written many at once, and put into the logs by the sequencer.
"""

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from consent.app import load_artefacts
from consent.config import Settings
from consent.demo.past_choices import Drawing
from consent.demo.past_events import past_events
from consent.demo.past_receipts import Maker, Published
from consent.demo.past_sites import SITES, past_drafts
from consent.demo.ports import Ports
from consent.proof.canonical import canonical
from consent.proof.keys import load_keys
from consent.proof.sequencer import Sequencer
from consent.snapshots.draft import Draft
from consent.snapshots.publish import Artefacts, freeze
from consent.storage import configs, sites
from consent.storage.bulk import load_receipts
from consent.storage.event_counts import add_counts
from consent.storage.models import Receipt, Site
from consent.storage.new_receipt import NewReceipt
from consent.storage.partitions import make_months, month_of

BY = "demo"
AHEAD = 4
"""Slices that are signed and wait to be written: they bound the memory."""
BATCH = 20_000
"""Receipts in one round of the sequencer: nobody waits behind it here."""


class NotFilled(Exception):
    """The past could not be made; the message is a sentence for the person at the terminal."""


def fill_past(engine: Engine, settings: Settings, ports: Ports, drawing: Drawing, say: Callable[[int], None]) -> int:
    """Fill an empty database of the newest schema, and return how many receipts were written.

    A database that was filled before is left alone. Raises NotFilled for any other.
    """
    if _is_filled(engine, drawing.receipts):
        return 0
    published = publish_past(engine, ports, drawing)
    written = 0
    make_months(engine, set(range(month_of(drawing.start), month_of(drawing.end) + 1)))
    for news in signed_slices(drawing, published, settings.instance / "keys"):
        with engine.begin() as connection:
            load_receipts(connection, news)
            add_counts(connection, past_events(news))
        written += len(news)
        say(written)
    return written


def sequence_past(engine: Engine, settings: Settings, say: Callable[[int], None]) -> int:
    """Put all that waits into the logs, and return how many leaves that were."""
    keys = load_keys(settings.instance / "keys", settings.signing_keys)
    sequencer = Sequencer(engine, keys, settings.base_url, settings.instance, batch=BATCH)
    leaves = 0
    while done := sequencer.run():
        leaves += done
        say(leaves)
    return leaves


def publish_past(engine: Engine, ports: Ports, drawing: Drawing) -> list[list[Published]]:
    """Publish the versions of each site at even distances of time, and return them."""
    artefacts = load_artefacts()
    with engine.begin() as connection:
        configs.put_artefact(connection, "rules", artefacts.rules)
        configs.put_artefact(connection, "banner", artefacts.banner)
        return [
            _publish_site(connection, key, drafts, artefacts, drawing) for key, drafts in past_drafts(ports).items()
        ]


def _publish_site(
    connection: Connection, key: str, drafts: list[Draft], artefacts: Artefacts, drawing: Drawing
) -> list[Published]:
    site = sites.create(connection, key, SITES[key], json.dumps(drafts[-1]), drawing.start)
    found: list[Published] = []
    earlier = None
    for number, draft in enumerate(drafts):
        since = drawing.start + (drawing.end - drawing.start) * number // len(drafts)
        document = freeze(draft, earlier, number + 1, artefacts)
        body = canonical(document)
        note = f"Vendors: {len(draft['vendors'])}"
        name = configs.put_config(connection, site.id, number + 1, body, now=since, by=BY, note=note)
        found.append(Published(site.id, name, body, since))
        earlier = document
    configs.set_live(connection, site.id, found[-1].name)
    return found


def _is_filled(engine: Engine, receipts: int) -> bool:
    """Tell whether the past is there already. Raises NotFilled where something else is."""
    with engine.connect() as connection:
        known = set(connection.execute(select(Site.key)).scalars())
        if not known:
            return False
        there = connection.execute(select(func.count()).select_from(Receipt)).scalar_one()
    if set(SITES) <= known and there >= receipts:
        return True
    raise NotFilled(
        f"--receipts fills an empty database, and this one has {len(known)} sites and {there} receipts;"
        " set CONSENT_INSTANCE to a new folder."
    )


def signed_slices(drawing: Drawing, published: list[list[Published]], keys: Path) -> Iterator[list[NewReceipt]]:
    """Yield slice after slice; several processes sign ahead, but never far."""
    load_keys(keys)
    room = threading.Semaphore(AHEAD)

    def numbers() -> Iterator[int]:
        for number in range(drawing.slices):
            room.acquire()
            yield number

    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count(), _start, (drawing, published, keys)) as pool:
        for news in pool.imap(_sign_slice, numbers()):
            yield news
            room.release()


_maker: Maker


def _start(drawing: Drawing, published: list[list[Published]], keys: Path) -> None:
    global _maker
    # Ctrl-C reaches every process of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _maker = Maker(drawing, published, keys)


def _sign_slice(number: int) -> list[NewReceipt]:
    return _maker.slice(number)
