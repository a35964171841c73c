"""`consent gvl update`: import the vendor list of the Transparency and Consent Framework."""

import time

import click

from consent.cli.common import open_engine, pluralize, settings_or_exit


@click.command()
@click.argument("place", required=False)
def update(place: str | None) -> None:
    """Check the vendor list and its translations at PLACE, and store them.

    PLACE is a folder or an https address, by default that of CONSENT_GVL. Live sites change when they are next
    published.
    """
    from consent.core.tcf.vendor_list import VendorListError
    from consent.sites.vendor_lists.update import update_lists

    settings = settings_or_exit()
    wanted = place or settings.gvl
    if not wanted:
        raise click.ClickException("Specify a folder or an https URL, or set CONSENT_GVL.")
    with open_engine(settings) as engine:
        try:
            done = update_lists(engine, wanted, int(time.time()))
        except VendorListError as error:
            raise click.ClickException(str(error)) from None
    for problem in done.problems:
        click.echo(f"Warning: {problem}", err=True)
    state = "is new" if done.is_new else "was already stored"
    translated = f", in {pluralize(len(done.languages), 'language')} besides English" if done.languages else ""
    click.echo(f"Version {done.version} of the vendor list {state}{translated}.")
