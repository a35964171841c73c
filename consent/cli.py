"""The command line `consent`: what its groups are, and which commands stand in them."""

import errno
import os
import sys
from typing import Any

import click

from consent.commands import (
    alarming,
    api_tokens,
    auditing,
    backups,
    classifying,
    configs,
    erasing,
    exporting,
    forgetting,
    geo_database,
    health,
    key_rotation,
    marks,
    months,
    new_sites,
    recounting,
    resuming,
    scanning,
    serving,
    stopping,
    upgrading,
    users,
    verifying,
)
from consent.commands.csp import csp
from consent.commands.evidence import evidence

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNTOLD = 2
"""The exit code of what could not be said: 1 would stand for a leak, a difference or a false proof."""


class Commands(click.Group):
    """Commands that say in one sentence where there is no room for what they print or write, or nowhere to print it."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command, as the process."""
        closed = sys.stdout is None
        if closed:  # as by `>&-`: let what is printed fail, which else is lost without a word
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            unwritable = closed and error.errno == errno.EBADF
            if not unwritable and error.errno not in NO_ROOM:
                raise
            reason = "Standard output is closed" if unwritable else error.strerror
            click.echo(f"Error: The output cannot be written: {reason}.", err=True)
            with open(os.devnull, "w") as nowhere:  # what is still kept for standard output is tried again at the end
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            sys.exit(UNTOLD)

    def invoke(self, context: click.Context) -> Any:
        """Run a command, and have written what it has printed before it counts as done."""
        try:
            return super().invoke(context)
        finally:
            if sys.stdout:
                sys.stdout.flush()


@click.group(cls=Commands)
@click.version_option(package_name="consent-tag-server")
def main() -> None:
    """Consent and tag server."""


GROUPS: dict[str, tuple[str, tuple[click.Command, ...]]] = {
    "db": ("Database: migrations, backup, restore.", (upgrading.upgrade, backups.backup, backups.restore)),
    "keys": ("Keys that sign receipts and the log.", (key_rotation.rotate_key,)),
    "user": ("People who work with the dashboard.", (users.create, users.reset, forgetting.forget)),
    "token": ("Tokens of the API.", (api_tokens.create,)),
    "site": (
        "Websites that the service answers for.",
        (new_sites.create, erasing.retention, stopping.stop, stopping.resume),
    ),
    "config": (
        "Handle a site's draft and configs as YAML or JSON files.",
        (configs.export, configs.import_, configs.diff, configs.renew, configs.publish),
    ),
    "receipts": (
        "Work on the consent log.",
        (
            *(exporting.export, resuming.resume, erasing.erase, erasing.prune, erasing.replay_erasures),
            *(marks.hold, marks.restrict, marks.objection),
        ),
    ),
    "months": (
        "Move old months out of the database and back.",
        (months.list_months, months.detach, months.attach, months.forget),
    ),
    "classify": ("Say what cookies, stored items and addresses are for.", (classifying.run, classifying.train)),
    "stats": ("Work on the counts of statistics.", (recounting.recount,)),
    "geo": ("Work on the geo database.", (geo_database.update,)),
}

for name, (help_text, commands) in GROUPS.items():
    main.add_command(click.Group(name, commands, help=help_text))
for command in (
    serving.run,
    serving.demo,
    verifying.verify,
    health.doctor,
    scanning.scan,
    auditing.audit,
    csp,
    evidence,
    alarming.alarms,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
