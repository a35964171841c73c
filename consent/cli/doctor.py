"""`consent doctor`: check an installation and report each problem."""

import json
import sys

import click

from consent.cli.common import settings_here


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check settings, database, keys, rules and geo database; exit 1 where something is wrong."""
    from consent.cli.doctor_checks import examine

    findings = examine(settings_here())
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.sentence}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
