"""Application factory: wire all services from the settings and create the WSGI application."""

import atexit
import gc
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import Flask, Request
from sqlalchemy import Engine

from consent.alarms import Alarms
from consent.alarms.enforcement_journal import EnforcementJournal
from consent.alarms.services import Notifications, build_notifications
from consent.api.buffers.services import build_buffers
from consent.api.event_loop import AsgiApp
from consent.api.fast_path import WsgiApp
from consent.api.flask_app import ROUTE_GROUPS, create_api
from consent.api.http.caches import Caches
from consent.api.http.console import call_api, scopes_of_readable
from consent.api.http.context import ApiContext, ApiSettings
from consent.api.http.monitoring import Monitoring
from consent.api.http.token_cache import TokenCache
from consent.api.operator.health import warnings_of
from consent.archive.scheduler import ArchiveScheduler
from consent.background.thread import BackgroundThread
from consent.classifier.catalog import VENDORS, Catalog, load_catalog
from consent.classifier.filter_lists import usable_lists
from consent.config import Settings, load_settings, to_environ
from consent.config.env_readers import secret_of
from consent.dashboard import Services, register
from consent.dashboard.auth.setup_code import setup_code
from consent.dashboard.frame.context import ApiConsole, ScanServices, SignInServices
from consent.delivery.log_hours import DeliveryJournal
from consent.delivery.services import build_delivery
from consent.evidence import Evidence
from consent.exports import Source
from consent.exports.services import build_receipts
from consent.geo import GeoReader, Locator
from consent.log.audit_author import AuditActor, Author
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.sequencer_thread import CHECKPOINTS
from consent.log.services import build_log
from consent.log.witnesses import COSIGNED
from consent.nodes.heartbeat import Node
from consent.privacy.pruner import ITSELF, Pruner
from consent.privacy.services import PrivacyServices, build_privacy
from consent.process.json_logs import PrivateFlask, set_up_logs
from consent.process.subprocess_runner import start_command
from consent.publishing.browser_check import BrowserChecks
from consent.publishing.publish import Artifacts
from consent.publishing.services import PublishingServices
from consent.runtime.account_events import AccountEvents
from consent.runtime.build_record import BuildRecorder
from consent.runtime.edge.purges import EdgePurges
from consent.runtime.handover_groups import terms_in
from consent.runtime.script_build import read_build
from consent.runtime.services import ConfigServices, build_configs
from consent.scanner.banner_check_process import try_layer, try_pages
from consent.scanner.due_scans import DueScans
from consent.scanner.health.check import SiteCheck
from consent.scanner.language_model_suggestions import LanguageModelSuggestions
from consent.scanner.process import is_installed
from consent.scanner.site_scan import banner_of
from consent.scanner.start_scan import start_scan
from consent.signing.keys import Keys, load_keys
from consent.sites.custom.code import CodeGuard
from consent.sites.shipped_rules import load_rights, rule_file, use_instance
from consent.sites.shipped_rules import load_rules as load_rules
from consent.sites.vendor_lists.update import VendorListJob
from consent.storage.database.engine import bind, make_replica_engine
from consent.storage.database.outage import Outage
from consent.storage.maintenance.housekeeping import Housekeeping
from consent.storage.maintenance.replica import Reads
from consent.storage.maintenance.wal_checkpointer import WalCheckpointer
from consent.web.body_timeout import BodyTimeouts
from consent.web.static_files import static_folder

DATA = Path(__file__).parent / "data"
DEMO_VENDORS = "demo_vendors"
"""Folder in a demo instance with the files of its vendors and the ports they use."""


class Part(Protocol):
    """A component that runs for the life of the service."""

    def start(self) -> object:
        """Start working, in a thread of its own."""

    def close(self) -> object:
        """Finish pending work and stop."""


def _no_op() -> None:
    """Do nothing: some parts need only a start or only a close."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do when the service starts, and something when it closes."""

    start: Callable[[], object] = _no_op
    close: Callable[[], object] = _no_op


@dataclass(frozen=True, slots=True)
class Service:
    """The Flask apps of the dashboard and API, the WSGI callable in front of them, the API's context, and the parts."""

    app: Flask
    api: Flask
    wsgi_app: WsgiApp
    context: ApiContext
    parts: tuple[Part, ...]

    def start(self) -> None:
        """Start all threads."""
        for part in self.parts:
            part.start()

    def close(self) -> None:
        """Write pending data and stop all threads."""
        self.context.monitoring.is_stopping = True
        for part in reversed(self.parts):
            part.close()


def load_artifacts() -> Artifacts:
    """Read the artifacts that each config names by hash: the rule tables and the built banner."""
    rules = "".join(rule_file(name) for name in ("regions.csv", "aliases.csv")).encode()
    build = read_build(static_folder())
    return Artifacts(rules, build.whole, build.acts, build.screens)


def load_browser_checks(settings: Settings) -> BrowserChecks:
    """Return the checks that try drafts in Chromium, if the scanner is installed and the operator enables them."""
    if settings.browser_check != "on" or not is_installed():
        return BrowserChecks()
    allow = (*settings.scan_hosts, urlsplit(settings.base_url).netloc)
    return BrowserChecks(try_pages, partial(try_layer, service=settings.base_url, allow=allow))


def code_guard(settings: Settings, keys: Keys) -> CodeGuard:
    """Return the guard that decides which code a publish may introduce."""
    return CodeGuard(load_catalog(VENDORS, *_demo_vendors(settings)), keys.secret)


def _demo_vendors(settings: Settings) -> tuple[Path, ...]:
    at_its_ports = settings.instance / DEMO_VENDORS
    shipped = DATA.parent / "demo" / "vendors"
    return (at_its_ports if at_its_ports.is_dir() else shipped,) if settings.demo else ()


def evidence_of(settings: Settings, engine: Engine, keys: Keys) -> Evidence:
    """Return the builder of this instance's evidence packs."""
    files = CheckpointFiles(settings.instance / CHECKPOINTS)
    cosigned = CheckpointFiles(settings.instance / COSIGNED)
    return Evidence(engine, load_rules(), load_artifacts().banner, keys, settings.base_url, files, cosigned)


def create_service(settings: Settings, catalog_folders: tuple[Path, ...] = ()) -> Service:
    """Create the whole service from `settings`; its threads run until `close`."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    use_instance(settings.instance, load_keys(settings.instance / "keys", settings.signing_keys).jwks)
    app = PrivateFlask("consent", static_folder=str(static_folder()), static_url_path="/static", template_folder=None)
    engine = bind(app, settings.database)
    housekeeping, run = Housekeeping(engine), partial(start_command, to_environ(settings))
    filter_lists, broken_lists = usable_lists(settings.filter_lists)
    catalog = load_catalog(VENDORS, *catalog_folders)
    scans = _scan_services(settings, engine, catalog, run, filter_lists)
    context = _create_context(settings, engine, housekeeping, run, filter_lists, broken_lists, catalog, scans)
    notifications = build_notifications(settings, engine)
    api = create_api(context)
    secret = settings.secret_key or hmac.new(context.keys.secret, b"dashboard", hashlib.sha256).hexdigest()
    app.config.update(SECRET_KEY=secret, MAX_CONTENT_LENGTH=2 * 1024 * 1024, DEMO=settings.demo)
    dashboard = _dashboard_services(settings, context, catalog, scans, notifications)
    register(app, dashboard, _console(api, settings.base_url))
    timeouts = BodyTimeouts(settings.threads)
    wsgi_app = WsgiApp(context, api.wsgi_app, app.wsgi_app, timeouts, urlsplit(settings.base_url).path)
    asking = LanguageModelSuggestions(engine, settings.language_model, settings.language_model_budget)
    purges = _edge_purges(settings, context)
    parts = (timeouts, *_parts(context, housekeeping, notifications), asking, purges)
    own = [part for part in parts if isinstance(part, BackgroundThread)]
    context.monitoring.threads = (*own, context.caches.brotli_worker, *context.log.witnesses.threads, *purges.threads)
    service = Service(app, api, wsgi_app, context, parts)
    service.start()
    return service


def _create_context(
    settings: Settings,
    engine: Engine,
    housekeeping: Housekeeping,
    run: Callable[..., None],
    filter_lists: tuple[str, ...],
    broken_lists: tuple[str, ...],
    catalog: Catalog,
    scans: ScanServices,
) -> ApiContext:
    keys, rules = load_keys(settings.instance / "keys", settings.signing_keys), load_rules()
    source = Source(engine, rules, keys.jwks["keys"], settings.base_url)
    receipts = build_receipts(source, keys.receipt, settings.instance, run)
    log = build_log(settings, engine, keys)
    delivery = build_delivery(settings, engine, keys.secret)
    privacy = build_privacy(
        engine,
        keys,
        settings.instance,
        load_rights(),
        delivery,
        housekeeping.wake,
        afterwards=receipts.sweeper.wake,
    )
    configs = build_configs(engine, rules, settings.base_url)
    planned = (DueScans(engine, run).run_once,) if scans.start_scan else ()
    privacy.subjects.terms_of = terms_in(configs.live)
    events = AccountEvents(engine, configs.live, delivery)
    delivery.dispatcher.also = events.write_snapshots
    jobs = _hourly_jobs(settings, source, keys, privacy, configs)
    housekeeping.also = (*jobs, events.report_expired, *planned)
    refuse = (receipts.writer.refuse, log.sequencer.refuse)
    node = Node(engine, keys, settings.instance, refuse, sessions=settings.secret_key)
    reader = GeoReader.of_setting(settings.geo_database)
    return ApiContext(
        reads=Reads(engine, make_replica_engine(settings.replica_url) if settings.replica_url else None),
        keys=keys,
        tokens=TokenCache(engine),
        locator=Locator(reader, settings.trusted_proxies, settings.proxy_hops, settings.edge),
        evidence=evidence_of(settings, engine, keys),
        configs=configs,
        receipts=receipts,
        log=log,
        privacy=privacy,
        buffers=build_buffers(engine, keys.secret, settings.write_limit, filter_lists),
        caches=Caches(),
        monitoring=Monitoring(node, Outage(engine, "requests")),
        settings=ApiSettings(
            settings.base_url,
            settings.is_https,
            settings.metrics_token,
            settings.demo,
            settings.alarm_silence,
            broken_lists,
            settings.edge_cache,
            settings.mailer,
        ),
        publishing=PublishingServices(rules, load_artifacts(), CodeGuard(catalog, keys.secret), scans.browser_checks),
    )


def _hourly_jobs(
    settings: Settings, source: Source, keys: Keys, privacy: PrivacyServices, configs: ConfigServices
) -> tuple[Callable[[], object], ...]:
    """Return the extra jobs that housekeeping runs once an hour and whenever it is woken."""
    engine, author = source.engine, Author(AuditActor(ITSELF, "program"), keys.receipt)
    return (
        BuildRecorder(engine, author, configs.build.sha256).run_once,
        Pruner(engine, privacy.eraser).run_once,
        _month_keeper(settings, source, keys).run_once,
        EnforcementJournal(engine, keys.receipt).run_once,
        privacy.subjects.prune,
        privacy.visitors.prune,
        DeliveryJournal(engine, author).run_once,
        privacy.delivery.pruner.run_once,
        VendorListJob(engine, settings.gvl).run_once,
    )


def _month_keeper(settings: Settings, source: Source, keys: Keys) -> ArchiveScheduler:
    author = Author(AuditActor(ITSELF, "program"), keys.receipt)
    return ArchiveScheduler(source, settings.months, settings.instance, author, settings.detach_after)


def _scan_services(
    settings: Settings,
    engine: Engine,
    catalog: Catalog,
    run: Callable[..., None],
    filter_lists: tuple[str, ...],
) -> ScanServices:
    check = SiteCheck(catalog, settings.base_url, settings.scan_hosts, partial(banner_of, engine, settings.base_url))
    return ScanServices(
        start_scan=partial(start_scan, run, engine) if is_installed() else None,
        check_site=check,
        check_in_browser=check.in_browser if is_installed() else None,
        browser_checks=load_browser_checks(settings),
        filter_lists=filter_lists,
    )


def _console(api: Flask, base_url: str) -> ApiConsole:
    def call(path: str, token: str, address: str) -> dict[str, object]:
        return call_api(api.wsgi_app, base_url, path, token, address)

    return ApiConsole(scopes_of_readable(ROUTE_GROUPS), call)


def _dashboard_services(
    settings: Settings, context: ApiContext, catalog: Catalog, scans: ScanServices, notifications: Notifications
) -> Services:
    client_address = partial(_network_of, context.locator)
    code = "" if settings.demo else setup_code(context.keys.secret)
    return Services(
        engine=context.engine,
        reads=context.reads,
        rules=context.configs.rules,
        catalog=catalog,
        artifacts=load_artifacts(),
        keys=context.keys,
        exports=context.receipts.exports,
        base_url=settings.base_url,
        privacy=context.privacy,
        evidence=context.evidence,
        scans=scans,
        sign_in=SignInServices(settings.provider, settings.second_factor, client_address, code),
        notifications=notifications,
        warnings=partial(warnings_of, context),
    )


def _parts(context: ApiContext, housekeeping: Housekeeping, notifications: Notifications) -> tuple[Part, ...]:
    """Return all parts in the order they start; they close in reverse order, receipts first."""
    reader, rules = context.locator.reader, context.configs.rules
    return (
        Step(close=context.engine.dispose),
        context.reads,
        context.monitoring.node,
        Alarms(context.engine, notifications.outlet, reader, rules, notifications.silence_minutes),
        WalCheckpointer(context.engine),
        housekeeping,
        Step(close=context.caches.brotli_worker.close),
        context.configs.live,
        *context.buffers.threads,
        context.log.checkpoint_webhook,
        context.log.witnesses,
        context.log.sequencer,
        context.receipts.sweeper,
        context.privacy.delivery.dispatcher,
        Step(close=context.receipts.writer.close),
    )


def _edge_purges(settings: Settings, context: ApiContext) -> EdgePurges:
    """Return the purger of edge caches, which is called on each change of a live config."""
    purges = EdgePurges(settings.edge_purge, secret_of(settings.edge_purge_token), settings.edge_cache)
    context.configs.live.on_change = purges.purge_changed
    context.monitoring.purge_warnings = purges.warnings
    return purges


def _network_of(locator: Locator, request: Request) -> str:
    """Return the network a sign-in comes from, precise enough to throttle password guessing."""
    return locator.locate(request.remote_addr or "", request.headers.get).prefix.hex()


def create_wsgi() -> WsgiApp:
    """Create the WSGI callable of the service from the process's environment, for gunicorn and wsgi.py."""
    return _create_wsgi_app(load_settings())


def create_asgi() -> AsgiApp:
    """Create the ASGI application of the service from the process's environment, for granian."""
    settings = load_settings()
    return AsgiApp(_create_wsgi_app(settings), settings.threads)


def _create_wsgi_app(settings: Settings) -> WsgiApp:
    """Create and start the service, and close it when the process ends.

    The settings are removed from the environment, which servers pass to each request, secrets included.
    """
    for name in [name for name in os.environ if name.startswith("CONSENT_")]:
        del os.environ[name]
    os.umask(0o077)
    set_up_logs(settings.log_file)
    service = create_service(settings, _demo_vendors(settings))
    atexit.register(service.close)
    # Freeze what exists now: otherwise the collector scans it again and again while every request waits.
    gc.collect()
    gc.freeze()
    return service.wsgi_app
