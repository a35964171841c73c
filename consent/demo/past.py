"""Generate a demo database with two years of history: three sites, six versions each, signed receipts, logs.

Worker processes sign the receipts, bulk inserts write them, and the sequencer puts them into the logs.
"""

import json
import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.app import load_artifacts
from consent.config import Settings
from consent.core.days import DAY_SECONDS
from consent.core.documents.config import Draft
from consent.demo.past_choices import Drawing
from consent.demo.past_receipts import Maker, Published
from consent.demo.past_sites import SITES, past_drafts
from consent.demo.ports import Ports
from consent.log.audit_author import AuditActor, Author
from consent.log.sequencer_thread import Sequencer
from consent.publishing.publish import Artifacts, freeze
from consent.signing.canonical_json import canonical
from consent.signing.keys import load_keys
from consent.sites.experiments.variants import UNDRAWN, is_experiment
from consent.storage.database.partitions import create_months, month_of
from consent.storage.maintenance.bulk_insert import load_receipts
from consent.storage.receipts import receipts
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.sites import configs, sites
from consent.storage.statistics.event_counters import Event, Kind, add_counts
from consent.storage.statistics.rates import SIGNALS, TAKEN_BACK
from consent.storage.tables.statistics import CHOSEN, OPENED, SHOWN

LOST = 2
"""How many of 1,024 choices never became a receipt."""


def past_events(news: Iterable[NewReceipt], experiments: Collection[str]) -> Counter[Kind]:
    """Return reproducible event counts for the receipts `news`; `experiments` names the configs that run one."""
    counts: Counter[Kind] = Counter()
    for new in news:
        draw = int(new.id[:8], 16)
        chosen = _event(new, CHOSEN)
        counts[chosen] += 1 + (draw % 1024 < LOST)
        if new.action not in TAKEN_BACK and new.method not in SIGNALS:
            # A third of the banners are shown once more, on another page or to a visitor who leaves.
            counts[chosen._replace(event=SHOWN)] += 1 + (draw % 3 == 0)
        if new.config in experiments and new.variant != UNDRAWN and (new.layer > 1 or draw % 9 == 0):
            # Visitors who chose groups opened the settings, as did some of the others.
            counts[chosen._replace(event=OPENED)] += 1
    return counts


def _event(new: NewReceipt, event: str) -> Event:
    place = (new.country or "", new.subdivision or "")
    circumstances = (new.regime, new.language, new.variant)
    return Event(
        new.site_id, new.time // DAY_SECONDS, new.config, *place, *circumstances, new.device, new.is_bot, event
    )


BY = "demo"
MAX_SLICES_ALONE = 2
AHEAD = 4
"""How many signed slices may wait to be written, to bound memory."""
BATCH = 20_000
"""Receipts per sequencer round; large, since nothing else waits for it here."""


class SeedError(Exception):
    """Raised when the past can't be generated; the message is a sentence for the terminal."""


def fill_past(engine: Engine, settings: Settings, ports: Ports, drawing: Drawing, say: Callable[[int], None]) -> int:
    """Fill an empty database that has the newest schema, and return how many receipts were written.

    Leaves a database alone that is already filled. Raises SeedError for any other database.
    """
    if _is_filled(engine, drawing):
        return 0
    published = publish_past(engine, ports, drawing)
    _record_publishes(engine, settings, published)
    experiments = {one.name for versions in published for one in versions if one.has_experiment}
    written = 0
    create_months(engine, set(range(month_of(drawing.start), month_of(drawing.end) + 1)))
    for news in signed_slices(drawing, published, settings.instance / "keys"):
        with engine.begin() as connection:
            load_receipts(connection, news)
            add_counts(connection, past_events(news, experiments))
        written += len(news)
        say(written)
    return written


def sequence_past(engine: Engine, settings: Settings, say: Callable[[int], None]) -> int:
    """Sequence all pending leaves into the logs, and return how many there were."""
    keys = load_keys(settings.instance / "keys", settings.signing_keys)
    sequencer = Sequencer(engine, keys, settings.base_url, settings.instance, batch=BATCH)
    leaves = 0
    while done := sequencer.run():
        leaves += done
        say(leaves)
    return leaves


def publish_past(engine: Engine, ports: Ports, drawing: Drawing) -> list[list[Published]]:
    """Publish the versions of each site at even intervals, and return them."""
    artifacts = load_artifacts()
    with engine.begin() as connection:
        configs.put_artifact(connection, "rules", artifacts.rules)
        configs.put_artifact(connection, "banner", artifacts.banner)
        drafts = past_drafts(ports)
        return [_publish_site(connection, key, drafts[key], artifacts, drawing) for key in _keys(drawing)]


def _record_publishes(engine: Engine, settings: Settings, published: list[list[Published]]) -> None:
    """Write each version's audit entry, as publishing would."""
    author = Author(AuditActor(BY, "program"), load_keys(settings.instance / "keys", settings.signing_keys).receipt)
    with engine.begin() as connection:
        owners = {site.id: site for site in sites.every(connection)}
        for versions in published:
            before = None
            for number, one in enumerate(versions, 1):
                after, owner = {"config": one.name}, owners[one.site_id]
                author.record(connection, owner, "version.published", f"version {number}", before, after, one.since)
                before = after


def _publish_site(
    connection: Connection, key: str, drafts: list[Draft], artifacts: Artifacts, drawing: Drawing
) -> list[Published]:
    site = sites.create(connection, key, SITES[key], json.dumps(drafts[-1]), drawing.start)
    published: list[Published] = []
    earlier = None
    for number, draft in enumerate(drafts):
        since = drawing.start + (drawing.end - drawing.start) * number // len(drafts)
        document = freeze(draft, earlier, number + 1, artifacts)
        body = canonical(document)
        note = f"Vendors: {len(draft['vendors'])}"
        name = configs.put_config(connection, site.id, number + 1, body, now=since, by=BY, note=note)
        published.append(Published(site.id, name, body, since, is_experiment(draft["variants"])))
        earlier = document
    configs.set_live(connection, site.id, published[-1].name)
    return published


def _keys(drawing: Drawing) -> list[str]:
    """Return the keys of the sites that choices are drawn for."""
    return list(SITES)[: drawing.sites]


def _is_filled(engine: Engine, drawing: Drawing) -> bool:
    """Return whether the past is already there. Raises SeedError if the database holds something else."""
    with engine.connect() as connection:
        known = {site.key for site in sites.every(connection)}
        if not known:
            return False
        stored = receipts.count_stored(connection)
    if drawing.is_optional or (set(_keys(drawing)) <= known and stored >= drawing.receipts):
        return True
    raise SeedError(
        f"--receipts fills an empty database, and this one has {len(known)} sites and {stored} receipts;"
        " set CONSENT_INSTANCE to a new folder."
    )


def signed_slices(drawing: Drawing, published: list[list[Published]], keys: Path) -> Iterator[list[NewReceipt]]:
    """Yield the slices in order, signed by worker processes a few slices ahead, or in this process if there are few."""
    load_keys(keys)
    if drawing.slices <= MAX_SLICES_ALONE:
        maker = Maker(drawing, published, keys)
        yield from (maker.slice(number) for number in range(drawing.slices))
        return
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
    # Ctrl-C signals every process of the terminal; the parent ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _maker = Maker(drawing, published, keys)


def _sign_slice(number: int) -> list[NewReceipt]:
    return _maker.slice(number)
