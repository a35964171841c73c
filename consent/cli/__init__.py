"""Command line `consent`: its command groups, and one-sentence errors when output can't be written."""

import errno
import gc
import os
import sys
from typing import Any

import click

from consent.cli import (
    alarms,
    audit,
    classify,
    db,
    doctor,
    export,
    keys,
    marks,
    months,
    receipts,
    replay_erasures,
    run,
    scan,
    site,
    stats,
    token,
    user,
    verify,
)
from consent.cli import db as db_upgrade
from consent.cli import export as resumable_export
from consent.cli import site as site_create
from consent.cli import user as user_forget
from consent.cli.configs import config, groups, rules, texts
from consent.cli.configs.edge import edge
from consent.cli.configs.restore import restore
from consent.cli.csp import csp
from consent.cli.moving.import_choices import import_choices
from consent.cli.moving.import_site import import_site
from consent.cli.moving.seal_log import seal_log
from consent.cli.systemd.install_unit import install_unit
from consent.cli.updates import geo, gvl
from consent.cli.verify import evidence

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
GC_THRESHOLDS = (50_000, 20, 20)
"""Garbage collection thresholds, raised because commands import many modules and exit soon."""
OUTPUT_ERROR = 2
"""Exit code for output that couldn't be written; 1 would mean a leak, a difference or a false proof."""


class Commands(click.Group):
    """A command group that reports in one sentence that output can't be written (no space left, or stdout closed)."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command as the process."""
        gc.set_threshold(*GC_THRESHOLDS)
        closed = sys.stdout is None
        if closed:  # as with `>&-`: make printing fail instead of losing the output silently
            sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", closefd=False)
        # Files are readable by their owner only, as in the unit file, however the process was started.
        before = os.umask(0o077)
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            unwritable = closed and error.errno == errno.EBADF
            if not unwritable and error.errno not in NO_ROOM:
                raise
            reason = "standard output is closed" if unwritable else error.strerror
            click.echo(f"Error: cannot write the output: {reason}.", err=True)
            with open(os.devnull, "w") as nowhere:  # the buffer would be flushed again at exit
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            sys.exit(OUTPUT_ERROR)
        finally:
            os.umask(before)

    def invoke(self, context: click.Context) -> Any:
        """Run a command, and flush its output before it counts as done."""
        try:
            return super().invoke(context)
        finally:
            if sys.stdout:
                sys.stdout.flush()


@click.group(cls=Commands)
@click.version_option(package_name="consent-tag-server")
@click.option(
    "--instance",
    metavar="FOLDER",
    type=click.Path(file_okay=False),
    help="Folder with the database and keys. Overrides CONSENT_INSTANCE. Default: `instance` in the current folder.",
)
def main(instance: str | None) -> None:
    """Consent and tag server."""
    if instance:
        os.environ["CONSENT_INSTANCE"] = instance


GROUPS: dict[str, tuple[str, tuple[click.Command, ...]]] = {
    "db": ("Database: migrations, backup, restore.", (db_upgrade.upgrade, db.backup, db.restore)),
    "keys": ("Manage the keys that sign receipts and the log.", (keys.rotate_key,)),
    "user": ("Manage users of the dashboard.", (user.create, user.reset, user_forget.forget)),
    "token": ("API tokens.", (token.create,)),
    "site": (
        "Manage websites that use the service.",
        (site_create.create, site.archive, site.delete, receipts.retention, site.stop, site.resume),
    ),
    "group": (
        "Manage settings shared by a group of sites.",
        (groups.list_groups, groups.set_sites, groups.copy, groups.apply, groups.publish),
    ),
    "config": (
        "Export, import and publish a site's config as a YAML or JSON file.",
        (config.list_sites, config.export, config.import_, config.diff, config.renew, config.publish, restore),
    ),
    "texts": ("Texts shown to visitors.", (texts.review,)),
    "rules": (
        "Manage rules by place, as signed packages.",
        (rules.export_rules, rules.verify_rules, rules.import_rules, rules.accept_rules, rules.discard_rules),
    ),
    "import": (
        "Migrate from another consent tool.",
        (import_site, import_choices, seal_log),
    ),
    "receipts": (
        "Manage receipts in the consent log.",
        (
            *(export.export, resumable_export.resume, receipts.erase, receipts.prune, replay_erasures.replay_erasures),
            *(marks.hold, marks.restrict, marks.objection),
        ),
    ),
    "months": (
        "Detach old months from the database and reattach them.",
        (months.list_months, months.detach, months.attach, months.forget),
    ),
    "classify": ("Classify cookies, stored items and URLs.", (classify.run, classify.train)),
    "stats": ("Check and correct the statistics.", (stats.recount,)),
    "geo": ("Manage the geo database.", (geo.update,)),
    "gvl": ("Manage the TCF vendor list.", (gvl.update,)),
}

for name, (help_text, commands) in GROUPS.items():
    main.add_command(click.Group(name, commands, help=help_text))
for command in (
    run.run,
    run.demo,
    verify.verify,
    keys.subject_of_account,
    doctor.doctor,
    install_unit,
    scan.scan,
    audit.audit,
    csp,
    edge,
    evidence,
    alarms.alarms,
    verify.witness,
):
    main.add_command(command)
