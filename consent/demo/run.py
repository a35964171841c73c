"""Run the whole demo (service, shop and vendors' hosts) in the foreground until a stop signal."""

import contextlib
import dataclasses
import threading
import time
from multiprocessing.process import BaseProcess

import click

from consent.config import Settings
from consent.demo.past import SeedError
from consent.demo.past_choices import Drawing
from consent.demo.ports import PortInUseError, Ports, reserve
from consent.demo.prepare import prepare_database
from consent.demo.processes import stop_signals, threaded
from consent.demo.seed import ADMIN, Seeded
from consent.demo.service import running_service
from consent.demo.shop import create_shop
from consent.demo.upstream import UnavailableError, Upstream
from consent.demo.vendors import create_vendors
from consent.storage.maintenance.migrate import UnsupportedDatabaseError

START_SECONDS = 60.0


def run_demo(
    settings: Settings, host: str = "127.0.0.1", ports: Ports | None = None, drawing: Drawing | None = None
) -> int:
    """Prepare the database, serve everything until SIGTERM or SIGINT, and return the exit code.

    `drawing` defines the past receipts that an empty database is filled with first.
    """
    ports = ports or Ports()
    hosts = tuple(f"*.localhost:{port}" for port in (ports.service, ports.shop, ports.vendors))
    base_url = f"http://{host}:{ports.service}"
    settings = dataclasses.replace(settings, demo=True, base_url=base_url, scan_hosts=hosts)
    with contextlib.ExitStack() as stack:
        stopped = stack.enter_context(stop_signals())
        try:
            # Check all three ports before touching the database: another demo may be using it.
            reserve(host, ports.service).close()
            shop, vendors = (stack.enter_context(reserve(host, port)) for port in (ports.shop, ports.vendors))
        except PortInUseError as problem:
            click.echo(str(problem), err=True)
            return 1
        try:
            seeded = prepare_database(settings, ports, drawing, stopped)
        except (SeedError, UnsupportedDatabaseError) as problem:
            click.echo(str(problem), err=True)
            return 1
        _print_password(seeded)
        service_url, vendors_url = settings.base_url, f"http://{host}:{ports.vendors}"
        stack.enter_context(threaded(vendors, create_vendors()))
        stack.enter_context(threaded(shop, create_shop(seeded.token, service_url, vendors_url)))
        service = stack.enter_context(running_service(settings, host, ports.service))
        return _run_until_stopped(service, service_url, stopped, ports)


def _run_until_stopped(service: BaseProcess, service_url: str, stopped: threading.Event, ports: Ports) -> int:
    """Print all addresses once the service responds, wait until it stops, and return the exit code."""
    if _becomes_ready(service, service_url, stopped):
        _print_addresses(service_url, ports)
        while not stopped.is_set() and service.is_alive():
            service.join(0.5)
    if stopped.is_set():
        click.echo("Stopping.")
        return 0
    click.echo("The service did not start or ended unexpectedly; see its output above.", err=True)
    return 1


def _becomes_ready(service: BaseProcess, service_url: str, stopped: threading.Event) -> bool:
    probe, until = Upstream(service_url, timeout_s=2.0), time.monotonic() + START_SECONDS
    with contextlib.closing(probe):
        while time.monotonic() < until and service.is_alive() and not stopped.is_set():
            with contextlib.suppress(UnavailableError):
                if probe.request("GET", "/healthz").status == 200:
                    return True
            time.sleep(0.1)
    return False


def _print_password(seeded: Seeded) -> None:
    if seeded.password:
        click.echo(f"Sign in as {ADMIN} with the password {seeded.password} (it is shown this once).")
    else:
        click.echo("Sign in as before: there are users in this database already.")


def _print_addresses(service_url: str, ports: Ports) -> None:
    click.echo(
        f"Shop       http://www.shop.localhost:{ports.shop} or http://127.0.0.1:{ports.shop}\n"
        f"Dashboard  {service_url}\n"
        f"Vendors    http://vendors.localhost:{ports.vendors}\n"
        "Ctrl-C stops everything."
    )
