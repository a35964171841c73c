"""`consent install-unit`: write systemd units for the service and, apart from it, for the scanner."""

import importlib.util
import os
import sys
from pathlib import Path

import click

FOLDER = Path(__file__).parent
USERS = "consent.conf"
FILES = ("consent.service", "consent-scanner.socket", "consent-scanner@.service", USERS)
SCANNER = "consent-scanner"
OF_SCANNER = "canner"
"""What stands in each line of `consent.service` and of the users that is about the scanner."""
HIDDEN = ("/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/")  # noqa: S108 - what the units may not see
NEXT = """\
Next, as root:
  systemd-sysusers
  systemctl daemon-reload
  systemctl enable --now {units}
The service works in /var/lib/consent, where a file .env may hold settings.
journalctl -u consent shows its log and, until there is an admin, the setup code."""


@click.command("install-unit")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the service listens.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--etc",
    default="/etc",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder in which systemd/system and sysusers.d are.",
)
@click.option("--replace", is_flag=True, help="Replace units that are there.")
def install_unit(host: str, port: int, etc: Path, replace: bool) -> None:
    """Write units for systemd: the service, its scanner apart, and the users of both."""
    program = Path(sys.executable).with_name("consent")
    if str(program).startswith(HIDDEN):
        raise click.ClickException(
            f"The units do not see {program}: install into /opt, as by `python3 -m venv /opt/consent`."
        )
    values = {"PROGRAM": str(program), "PYTHON": sys.executable, "HOST": host, "PORT": str(port)}
    names = [name for name in FILES if has_scanner() or not name.startswith(SCANNER)]
    files = {target_of(etc, name): filled((FOLDER / name).read_text("utf-8"), values) for name in names}
    if not replace and (there := [path for path in files if path.exists()]):
        raise click.ClickException(f"{there[0]} is there already; use --replace to write it anew.")
    # Units are no secret, and systemd wants all to read them; the command line keeps else what it writes to itself.
    os.umask(0o022)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    for path in files:
        click.echo(f"Wrote {path}.")
    click.echo(NEXT.format(units="consent-scanner.socket consent" if has_scanner() else "consent"))


def target_of(etc: Path, name: str) -> Path:
    """Return where the file `name` belongs below the folder `etc`."""
    return etc / ("sysusers.d" if name == USERS else "systemd/system") / name


def has_scanner() -> bool:
    """Return whether the extra `scan` is installed here."""
    return importlib.util.find_spec("playwright") is not None


def filled(text: str, values: dict[str, str]) -> str:
    """Return `text` with the value of NAME in the place of each `@NAME@`, and without the scanner where there is none."""
    if not has_scanner():
        text = "".join(line for line in text.splitlines(keepends=True) if OF_SCANNER not in line)
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
