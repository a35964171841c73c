"""`consent install-unit`: write separate systemd units for the service and for the scanner."""

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
"""Text found in every line about the scanner in `consent.service` and in the users' file."""
HIDDEN = ("/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/")  # noqa: S108 - not visible to the units
NEXT = """\
Next, as root:
  systemd-sysusers
  systemctl daemon-reload
  systemctl enable --now {units}
The service runs in /var/lib/consent; put its settings into a .env file there.
journalctl -u consent shows its log and, until there is an admin, the setup code."""


@click.command("install-unit")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the service listens on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--etc",
    default="/etc",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that contains systemd/system and sysusers.d.",
)
@click.option("--replace", is_flag=True, help="Replace existing units.")
def install_unit(host: str, port: int, etc: Path, replace: bool) -> None:
    """Write systemd units and users for the service and, separately, for its scanner."""
    program = Path(sys.executable).with_name("consent")
    if str(program).startswith(HIDDEN):
        raise click.ClickException(
            f"The units can't access {program}: install into /opt, for example with `python3 -m venv /opt/consent`."
        )
    values = {"PROGRAM": str(program), "PYTHON": sys.executable, "HOST": host, "PORT": str(port)}
    names = [name for name in FILES if has_scanner() or not name.startswith(SCANNER)]
    files = {path_under(etc, name): filled((FOLDER / name).read_text("utf-8"), values) for name in names}
    if not replace and (there := [path for path in files if path.exists()]):
        raise click.ClickException(f"{there[0]} already exists; use --replace to overwrite it.")
    # Units aren't secret, and systemd wants them to be world-readable; by default the command line's files are private.
    os.umask(0o022)
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from None
    for path in files:
        click.echo(f"Wrote {path}.")
    click.echo(NEXT.format(units="consent-scanner.socket consent" if has_scanner() else "consent"))


def path_under(etc: Path, name: str) -> Path:
    """Return the path of the file `name` under the folder `etc`."""
    return etc / ("sysusers.d" if name == USERS else "systemd/system") / name


def has_scanner() -> bool:
    """Return whether the extra `scan` is installed here."""
    return importlib.util.find_spec("playwright") is not None


def filled(text: str, values: dict[str, str]) -> str:
    """Return `text` with each `@NAME@` replaced by its value, and without the scanner's lines if it isn't installed."""
    if not has_scanner():
        text = "".join(line for line in text.splitlines(keepends=True) if OF_SCANNER not in line)
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
