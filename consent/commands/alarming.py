"""`consent alarms`: what is wrong now, and a trial of the ways by which people are told."""

import time
from typing import Any

import click

from consent.commands.shared import as_json, counted, open_engine, say, settings_here


@click.command()
@click.option("--try", "is_trial", is_flag=True, help="Send one alarm that means nothing by all ways of the settings.")
@as_json
def alarms(is_trial: bool, as_json: bool) -> None:
    """List the alarms that last, or try the ways by which they are told."""
    if is_trial:
        _try()
        return
    from consent.proof.statement import utc
    from consent.storage import alarms as store
    from consent.storage import sites

    with open_engine(settings_here()) as engine, engine.connect() as connection:
        keys = {site.id: site.key for site in sites.every(connection)}
        found = store.present(connection)
    facts: list[dict[str, Any]] = [
        {"kind": one.kind, "site": keys.get(one.site_id), "since": utc(one.since), "sentence": one.sentence}
        for one in found
    ]
    lines = [f"{one['since']}  {one['kind']}  {one['sentence']}" for one in facts]
    say("\n".join([*lines, f"{counted(len(found), 'alarm')}."]), facts, as_json=as_json)


def _try() -> None:
    from consent.alarms import Outlet, trial

    settings = settings_here()
    outlet = Outlet(settings.mailer, settings.alarm_mail, settings.alarm_webhook, settings.base_url)
    telling = trial(outlet, int(time.time()))
    if not telling.faults:
        raise click.ClickException("Nobody is told of alarms: set CONSENT_ALARM_MAIL or CONSENT_ALARM_WEBHOOK.")
    if telling.failed:
        raise click.ClickException(f"{'; '.join(telling.failed.values())}.")
    click.echo(f"The trial has arrived by {counted(len(telling.faults), 'way')}.")
