"""`consent stats recount`: compare the statistics counters with the receipts and correct them."""

from typing import Any

import click

from consent.cli.common import as_json, find_site, open_engine, pluralize, print_result, settings_or_exit
from consent.core.days import date_of


@click.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Only report differences.")
@as_json
def recount(key: str, dry_run: bool, as_json: bool) -> None:
    """Compare the counts of a site with its receipts, list the days and weeks that differ, and correct them.

    Receipts don't record device, bot or lateness, so these are unknown for everything that is recounted.
    """
    from consent.storage.statistics.recount import recount as set_right

    with open_engine(settings_or_exit()) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key, may_be_deleted=True)
        corrected = set_right(engine, site.id, is_dry=dry_run)
    lines = [
        f"{'' if one.span == 1 else 'week from '}{_day(one.day)}"
        f"  {one.uncounted} not counted, {one.too_many} counted too many"
        for one in corrected
    ]
    what = "differ from its receipts." if dry_run else "differed from its receipts and were corrected."
    spans = [(sum(one.span == span for one in corrected), word) for span, word in ((1, "day"), (7, "week"))]
    end = f"The counts of {' and '.join(pluralize(number, word) for number, word in spans if number)} of {key} {what}"
    facts: Any = [one._asdict() | {"day": _day(one.day)} for one in corrected]
    sentence = "\n".join([*lines, end]) if corrected else f"The counts of {key} match its receipts."
    print_result(sentence, {"differences": facts, "changed": bool(corrected) and not dry_run}, as_json=as_json)


def _day(day: int) -> str:
    return date_of(day).isoformat()
