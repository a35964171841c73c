"""`consent keys rotate`: replace a signing key; `consent subject-of`: print the `sub` of an account."""

import json
import time
from pathlib import Path

import click

from consent.cli.common import author, keys_or_exit, open_engine, settings_or_exit
from consent.config import Settings

ID_KEY_BYTES = 32


@click.command("rotate")
@click.argument("use", type=click.Choice(["receipt", "log", "subject"]))
@click.option("--json", "as_json", is_flag=True)
def rotate_key(use: str, as_json: bool) -> None:
    """Replace the key of accounts, receipts or the log; an old signing key vouches for the new one in every log."""
    from consent.log.key_rotation import rotate

    settings = settings_or_exit()
    if use == "subject":
        _rotate_subject_key(settings, as_json=as_json)
        return
    present = keys_or_exit(settings)
    with open_engine(settings) as engine:
        new = rotate(engine, settings.instance / "keys", present, use, author(settings), int(time.time()))
    variable = f"CONSENT_{use.upper()}_KEY" if settings.signing_keys[use] else ""
    if as_json:
        facts = {"use": use, "old": present.signing_key(use).kid, "new": new.kid, "variable": variable or None}
        click.echo(json.dumps(facts))
        return
    click.echo(
        f"The {use} key is now {new.kid}, vouched for by {present.signing_key(use).kid}; restart every "
        f"process of the service."
    )
    if variable:
        click.echo(f"{variable} contains the old key; replace it with the content of keys/{use}.key of the instance.")


def _rotate_subject_key(settings: Settings, *, as_json: bool) -> None:
    from consent.log.entry import INSTANCE
    from consent.signing.keys import KeyFileError
    from consent.subjects.keyring import SubjectKeyring, SubjectKeysMissingError, TooManySubjectKeysError

    now = int(time.time())
    with open_engine(settings) as engine, engine.begin() as connection:
        try:
            number = SubjectKeyring(settings.instance / "keys", engine).rotate(connection)
        except (SubjectKeysMissingError, TooManySubjectKeysError, KeyFileError) as error:
            raise click.ClickException(str(error)) from None
        before, after = {"use": "subject", "number": number - 1}, {"number": number}
        author(settings).record(connection, INSTANCE, "key.rotated", "subject", before, after, now)
    if as_json:
        click.echo(json.dumps({"use": "subject", "number": number}))
        return
    click.echo(f"Subject key {number} is in place; copy keys/subject.key and keys/old-subject to each other node.")


@click.command("subject-of")
@click.argument("account")
@click.option("--realm", required=True, help="Key of the site that the account belongs to.")
@click.option(
    "--id-key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File with the site's id key, 64 hex digits.",
)
def subject_of_account(account: str, realm: str, id_key_file: Path) -> None:
    """Print the `sub` of an account id, computed as the site's server does; reads nothing from the instance."""
    from consent.signing.subject_token import subject_of

    try:
        key = bytes.fromhex(id_key_file.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != ID_KEY_BYTES:
        raise click.ClickException(f"{id_key_file} must contain 64 hex digits.")
    click.echo(subject_of(key, realm, account))
