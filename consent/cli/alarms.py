"""`consent alarms`: list active alarms, and send a test notification."""

import time

import click

from consent.cli.common import as_json, open_engine, pluralize, print_result, settings_or_exit


@click.command()
@click.option("--try", "is_test", is_flag=True, help="Send a test notification through all configured channels.")
@as_json
def alarms(is_test: bool, as_json: bool) -> None:
    """List the active alarms, or send a test notification."""
    if is_test:
        _send_test()
        return
    from consent.signing.receipt_claims import utc
    from consent.storage.operations import alarms as store
    from consent.storage.sites import sites

    with open_engine(settings_or_exit()) as engine, engine.connect() as connection:
        keys = {site.id: site.key for site in sites.every(connection)}
        present = store.present(connection)
    facts: list[dict[str, object]] = [
        {"kind": one.kind, "site": keys.get(one.site_id), "since": utc(one.since), "sentence": one.sentence}
        for one in present
    ]
    lines = [f"{one['since']}  {one['kind']}  {one['sentence']}" for one in facts]
    print_result("\n".join([*lines, f"{pluralize(len(present), 'alarm')}."]), facts, as_json=as_json)


def _send_test() -> None:
    from consent.alarms import Notifier, send_test

    settings = settings_or_exit()
    notifier = Notifier(
        settings.mailer,
        settings.alarm_mail,
        settings.alarm_webhook,
        settings.base_url,
        language=settings.alarm_language,
    )
    delivery = send_test(notifier, int(time.time()))
    if not delivery.errors:
        raise click.ClickException("No alarm channel is configured; set CONSENT_ALARM_MAIL or CONSENT_ALARM_WEBHOOK.")
    if delivery.failed:
        raise click.ClickException(f"{'; '.join(delivery.failed.values())}.")
    click.echo(f"The test notification was sent through {pluralize(len(delivery.errors), 'channel')}.")
