"""The application: everything made once from the settings and handed to the parts that need it."""

import atexit
import gc
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.alarms import Alarms, Outlet
from consent.api.door import Door
from consent.api.event_counter import EventCounter
from consent.api.limits import WriteLimit
from consent.api.operator import warnings_of
from consent.api.public import Public
from consent.api.routes import create_api
from consent.api.seen_pages import SeenPages
from consent.api.sightings import Sightings
from consent.assets import static_folder
from consent.background import start_command
from consent.classify.catalogue import load_catalogue
from consent.classify.filter_lists import usable_lists
from consent.config import Settings, load_settings, to_environ
from consent.core.rights import Rights
from consent.dashboard import Services, register
from consent.evidence import Evidence
from consent.exports import Source
from consent.exports.shelf import Shelf
from consent.exports.work import work
from consent.geo import GeoReader, Locator
from consent.logs import PrivateFlask, set_up_logs
from consent.months.by_itself import MonthKeeper
from consent.proof.audit import Author, Who
from consent.proof.checkpoint_file import CheckpointFiles
from consent.proof.checkpoint_hook import CheckpointHook
from consent.proof.erasing import FOLDER as ERASURES
from consent.proof.erasing import Eraser
from consent.proof.keys import Keys, load_keys
from consent.proof.node import Node
from consent.proof.pruning import ITSELF, Pruner
from consent.proof.sequencer import CHECKPOINTS, Sequencer
from consent.scan.health import SiteCheck
from consent.scan.process import is_installed
from consent.scan.site_scan import banner_of
from consent.scan.trial import try_pages
from consent.snapshots.build import read_build
from consent.snapshots.live import LiveConfigs
from consent.snapshots.publish import Artefacts
from consent.snapshots.shipped_rules import load_rules as load_rules
from consent.snapshots.shipped_rules import rule_file
from consent.snapshots.trial import Trials
from consent.storage import scans
from consent.storage.backfill import Backfill
from consent.storage.engine import bind, make_replica_engine
from consent.storage.housekeeping import Housekeeping
from consent.storage.replica import Reads
from consent.storage.writer import ReceiptWriter

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Service:
    """The Flask apps of dashboard and public API, the door before them, and what they share."""

    app: Flask
    api: Flask
    door: Door
    public: Public
    housekeeping: Housekeeping
    backfill: Backfill
    alarms: Alarms
    node: Node
    reads: Reads

    def start(self) -> None:
        """Begin all threads, and go on with the exports that were not ended."""
        self.reads.start()
        self.node.start()
        self.public.live.start()
        self.public.counter.start()
        self.public.seen.start()
        self.public.shared_limits.start()
        self.public.sightings.start()
        self.public.sequencer.start()
        self.public.checkpoint_hook.start()
        self.housekeeping.start()
        self.backfill.start()
        self.public.exports.go_on_with_all()
        self.alarms.start()

    def close(self) -> None:
        """Write what is waiting and end all threads."""
        self.public.stopping = True
        self.public.writer.close()
        self.public.sequencer.close()
        self.public.checkpoint_hook.close()
        self.public.counter.close()
        self.public.seen.close()
        self.public.shared_limits.close()
        self.public.sightings.close()
        self.public.live.close()
        self.public.squeezer.close()
        self.housekeeping.close()
        self.backfill.close()
        self.alarms.close()
        self.node.close()
        self.reads.close()
        self.public.engine.dispose()


def load_rights() -> Rights:
    """Read the shipped tables of what visitors may ask for, until when, and who supervises it."""
    return Rights(*((DATA / "rights" / name).read_text("utf-8") for name in ("periods.csv", "authorities.csv")))


def load_artefacts() -> Artefacts:
    """Read what each config names by hash: the rule tables and the built banner."""
    rules = "".join(rule_file(name) for name in ("regions.csv", "aliases.csv")).encode()
    build = read_build(static_folder())
    return Artefacts(rules, build.whole, build.acts)


def load_trials() -> Trials:
    """Return what tries drafts in Chromium, where the scanner is installed."""
    return Trials(try_pages if is_installed() else None)


def evidence_of(settings: Settings, engine: Engine, keys: Keys) -> Evidence:
    """Return what makes evidence packs of this instance."""
    files = CheckpointFiles(settings.instance / CHECKPOINTS)
    return Evidence(engine, load_rules(), load_artefacts().banner, keys, settings.base_url, files)


def _start_scan(run: Callable[..., None], engine: Engine, site: str, number: int) -> None:
    def end(_code: int) -> None:
        # Nothing is changed where it has told its end by itself; what the database does not take now, silence tells.
        with suppress(SQLAlchemyError), engine.begin() as connection:
            now = int(time.time())
            scans.finish(connection, number, now, state=scans.FAILED, pages=0, problems=[scans.WITHOUT_A_WORD], diff=[])

    run("scan", "--site", site, "--number", str(number), "--quiet", on_end=end)


def create_service(settings: Settings, catalogue_folders: tuple[Path, ...] = ()) -> Service:
    """Make the whole service from `settings`; its threads run until `close`."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    # Made before the first erasure, so that a copy of it never fails.
    (settings.instance / ERASURES).mkdir(mode=0o700, exist_ok=True)
    app = PrivateFlask("consent", static_folder=str(static_folder()), static_url_path="/static", template_folder=None)
    engine = bind(app, settings.database)
    reads = Reads(engine, make_replica_engine(settings.replica_url) if settings.replica_url else None)
    keys = load_keys(settings.instance / "keys", settings.signing_keys)
    rules, artefacts = load_rules(), load_artefacts()
    reader = GeoReader.of_setting(settings.geo_database)
    locator = Locator(reader, settings.trusted_proxies, settings.proxy_hops, settings.edge)
    housekeeping = Housekeeping(engine)
    lists, broken_lists = usable_lists(settings.filter_lists)
    eraser = Eraser(engine, keys.receipt, settings.instance, housekeeping.wake)
    evidence, rights = evidence_of(settings, engine, keys), load_rights()
    run = partial(start_command, to_environ(settings))
    start_export = partial(run, "receipts", "resume")
    source = Source(engine, rules, keys.jwks["keys"], settings.base_url)
    itself = Author(Who(ITSELF, "program"), keys.receipt)
    keeper = MonthKeeper(source, settings.months, settings.instance, itself, settings.detach_after)
    housekeeping.also = (Pruner(engine, eraser).work, keeper.work)
    exports = Shelf(engine, settings.instance / "exports", start_export, partial(work, source, only_begins=True))
    outlet = Outlet(settings.mailer, settings.alarm_mail, settings.alarm_webhook, settings.base_url)
    hook = CheckpointHook(engine, settings.checkpoint_webhook, settings.base_url)
    writer = ReceiptWriter(engine)
    sequencer = Sequencer(engine, keys, settings.base_url, settings.instance, announce=hook.add)
    node = Node(engine, keys, settings.instance, (writer.refuse, sequencer.refuse), sessions=settings.secret_key)
    public = Public(
        engine=engine,
        reads=reads,
        live=LiveConfigs(engine, rules),
        rules=rules,
        locator=locator,
        keys=keys,
        writer=writer,
        sequencer=sequencer,
        node=node,
        checkpoint_hook=hook,
        eraser=eraser,
        counter=EventCounter(engine),
        evidence=evidence,
        rights=rights,
        seen=SeenPages(engine),
        limit=WriteLimit(settings.write_limit),
        report_limit=WriteLimit(settings.write_limit),
        sightings=Sightings(engine, lists=lists),
        broken_lists=broken_lists,
        build=read_build(static_folder()),
        exports=exports,
        base_url=settings.base_url,
        is_https=settings.is_https,
        is_demo=settings.demo,
        silence_minutes=settings.alarm_silence,
        prune=housekeeping.wake,
    )
    secret = settings.secret_key or hmac.new(keys.secret, b"dashboard", hashlib.sha256).hexdigest()
    app.config.update(SECRET_KEY=secret, MAX_CONTENT_LENGTH=2 * 1024 * 1024)
    api = create_api(public, settings.metrics_token)
    catalogue = load_catalogue(DATA / "vendors", *catalogue_folders)
    ask_as_from = partial(banner_of, engine, settings.base_url)
    site_check = SiteCheck(catalogue, settings.base_url, settings.scan_hosts, ask_as_from)
    register(
        app,
        Services(
            engine=engine,
            reads=reads,
            rules=rules,
            catalogue=catalogue,
            artefacts=artefacts,
            keys=keys,
            exports=exports,
            base_url=settings.base_url,
            is_https=settings.is_https,
            rights=rights,
            eraser=eraser,
            evidence=evidence,
            prune=housekeeping.wake,
            warnings=lambda: warnings_of(public),
            client_address=lambda request: _network_of(public, request),
            mailer=settings.mailer,
            outlet=outlet,
            silence_minutes=settings.alarm_silence,
            second_factor=settings.second_factor,
            trials=load_trials(),
            provider=settings.provider,
            start_scan=partial(_start_scan, run, engine) if is_installed() else None,
            check_site=site_check,
            check_in_browser=site_check.in_browser if is_installed() else None,
            filter_lists=lists,
        ),
    )
    alarms = Alarms(engine, outlet, reader, rules, settings.alarm_silence)
    door = Door(public, api.wsgi_app, app.wsgi_app, urlsplit(settings.base_url).path)
    service = Service(app, api, door, public, housekeeping, Backfill(engine), alarms, node, reads)
    service.start()
    return service


def _network_of(public: Public, request: Request) -> str:
    """Return where a log-in comes from, as far as it has to be known to slow down who guesses passwords."""
    return public.locator.locate(request.remote_addr or "", request.headers.get).prefix.hex()


def create_wsgi() -> Door:
    """Make the WSGI callable of the service from the process's environment, for granian, gunicorn and wsgi.py.

    The settings are then taken out of the environment: granian hands it to each request, secrets and all.
    """
    settings = load_settings()
    for name in [name for name in os.environ if name.startswith("CONSENT_")]:
        del os.environ[name]
    set_up_logs(settings.log_file)
    folders = (DATA.parent / "demo" / "vendors",) if settings.demo else ()
    service = create_service(settings, folders)
    atexit.register(service.close)
    # What is there now stays: without this the collector looks through it again and again, while every request waits.
    gc.collect()
    gc.freeze()
    return service.door
