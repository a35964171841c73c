"""`consent run` and `consent demo`: what serves until it is told to stop."""

import os
import sys
import time

import click

from consent.commands.shared import settings_here

# What a command needs is imported in it: `consent run` only watches a worker and has to stay small.


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def run(host: str, port: int) -> None:
    """Serve, in the foreground, until SIGTERM."""
    from consent.demo.ports import PortInUse, hold
    from consent.serve import serve

    settings = settings_here(to_serve=True)
    try:
        # The server would share the port with whoever lets it: half of the requests would be answered by another copy.
        hold(host, port).close()
    except PortInUse as problem:
        raise click.ClickException(str(problem)) from None
    serve(settings, host, port)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--receipts", type=click.IntRange(1, 100_000_000), help="Fill an empty database with so many first.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of what they say: the same gives the same.")
def demo(host: str, receipts: int | None, seed: int) -> None:
    """Serve a demo shop, its vendors and the service, on an SQLite database of its own."""
    from consent.demo.past_choices import last_two_years
    from consent.demo.run import run_demo

    os.environ.setdefault("CONSENT_DEMO", "1")
    drawing = last_two_years(receipts, seed, time.time()) if receipts else None
    sys.exit(run_demo(settings_here(to_serve=True), host, drawing=drawing))
