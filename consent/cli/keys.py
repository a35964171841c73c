"""`consent keys rotate`: replace a signing key."""

import json
import time

import click

from consent.cli.common import author, keys_of, open_engine, settings_here


@click.command("rotate")
@click.argument("use", type=click.Choice(["receipt", "log"]))
@click.option("--json", "as_json", is_flag=True)
def rotate_key(use: str, as_json: bool) -> None:
    """Replace the key that signs receipts, or the one that signs the log; the old one says so in every log."""
    from consent.log.key_rotation import rotate

    settings = settings_here()
    present = keys_of(settings)
    with open_engine(settings) as engine:
        new = rotate(engine, settings.instance / "keys", present, use, author(settings), int(time.time()))
    variable = f"CONSENT_{use.upper()}_KEY" if settings.signing_keys[use] else ""
    if as_json:
        facts = {"use": use, "old": present.of(use).kid, "new": new.kid, "variable": variable or None}
        click.echo(json.dumps(facts))
        return
    click.echo(
        f"The {use} key is {new.kid} now, signed for by {present.of(use).kid}; restart each process of the service."
    )
    if variable:
        click.echo(f"{variable} holds the old key: put what stands in keys/{use}.key of the instance in its place.")
