"""`consent doctor`: check an installation and report each problem."""

import json
import sys

import click

from consent.cli.common import settings_or_exit


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check settings, database, keys, rules and geo database; exit 1 if there is a problem."""
    from consent.cli.doctor_checks import run_checks

    findings = run_checks(settings_or_exit())
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.sentence}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
