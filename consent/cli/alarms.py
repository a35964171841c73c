"""`consent alarms`: list active alarms, and send a test notification."""

import time

import click

from consent.cli.common import as_json, counted, open_engine, say, settings_here


@click.command()
@click.option("--try", "is_test", is_flag=True, help="Send a test notification by all channels of the settings.")
@as_json
def alarms(is_test: bool, as_json: bool) -> None:
    """List the active alarms, or send a test notification."""
    if is_test:
        _try()
        return
    from consent.signing.receipt_claims import utc
    from consent.storage.operations import alarms as store
    from consent.storage.sites import sites

    with open_engine(settings_here()) as engine, engine.connect() as connection:
        keys = {site.id: site.key for site in sites.every(connection)}
        present = store.present(connection)
    facts: list[dict[str, object]] = [
        {"kind": one.kind, "site": keys.get(one.site_id), "since": utc(one.since), "sentence": one.sentence}
        for one in present
    ]
    lines = [f"{one['since']}  {one['kind']}  {one['sentence']}" for one in facts]
    say("\n".join([*lines, f"{counted(len(present), 'alarm')}."]), facts, as_json=as_json)


def _try() -> None:
    from consent.alarms import Notifier, send_test

    settings = settings_here()
    notifier = Notifier(settings.mailer, settings.alarm_mail, settings.alarm_webhook, settings.base_url)
    delivery = send_test(notifier, int(time.time()))
    if not delivery.errors:
        raise click.ClickException("Nobody is told of alarms: set CONSENT_ALARM_MAIL or CONSENT_ALARM_WEBHOOK.")
    if delivery.failed:
        raise click.ClickException(f"{'; '.join(delivery.failed.values())}.")
    click.echo(f"The test has arrived by {counted(len(delivery.errors), 'channel')}.")
