"""`consent verify`, `consent evidence` and `consent witness`: check proofs offline, create evidence, cosign logs."""

import datetime
import re
import sys
import time
from pathlib import Path

import click

from consent.cli.common import as_json, author, find_site, keys_or_exit, open_engine, print_result, settings_or_exit

WITNESS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,119}")


@click.command()
@click.argument("key")
@click.option("--date", "moment", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Date (UTC).")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: evidence-KEY-DATE.zip.")
@as_json
def evidence(key: str, moment: datetime.datetime, output: Path | None, as_json: bool) -> None:
    """Write the evidence pack of a day, a signed archive of config, banners, tags, rules, scan, counts and checkpoint."""
    from consent.app import evidence_of
    from consent.evidence import NotPublishedError

    settings, day, now = settings_or_exit(), moment.date(), int(time.time())
    if day > datetime.datetime.fromtimestamp(now, datetime.UTC).date():
        raise click.UsageError("The date must not be in the future.")
    with open_engine(settings) as engine:
        with engine.connect() as connection:
            site = find_site(connection, key, may_be_deleted=True)
        evidence_service = evidence_of(settings, engine, keys_or_exit(settings))
        try:
            pack = evidence_service.create(site, day)
        except NotPublishedError:
            raise click.ClickException(f"{key} had not been published by {day}.") from None
        file = output or Path(pack.name)
        file.write_bytes(pack.data)
        evidence_service.record(author(settings), site, day, pack, now)
    facts = {"file": str(file), "bytes": len(pack.data), "sha256": pack.sha256}
    print_result(f"Wrote {file} ({len(pack.data)} bytes, SHA-256 {pack.sha256}).", facts, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verifier key of the log, JWKS of receipts, or statements of key changes; repeatable.",
)
@click.option(
    "--old",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Earlier checkpoint of the log; FILE is then the response of /log/<site>/consistency?from=<its size>.",
)
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Witnesses and their quorum that must have cosigned (C2SP tlog-policy).",
)
def verify(file: Path, keys: tuple[Path, ...], old: Path | None, policy: Path | None) -> None:
    """Verify a proof, export, copy, evidence or checkpoints offline; exit 0 if valid, 1 if invalid, 2 if undecidable."""
    from consent.evidence.verify import check_evidence, is_evidence
    from consent.exports.access_copy import check_bundle, is_bundle
    from consent.exports.verify_export import check_with_manifest, needs_manifest
    from consent.verify import check

    trusted = [*keys, *([policy] if policy else [])]
    if is_evidence(file):
        code, sentence = check_evidence(file, trusted)
    elif is_bundle(file):
        code, sentence = check_bundle(file, trusted)
    elif needs_manifest(file) and not old:
        code, sentence = check_with_manifest(file, trusted)
    else:
        code, sentence = check(file, trusted, old)
    click.echo(sentence)
    sys.exit(code)


@click.command()
@click.argument("state", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Verifier key of a log, from /log/<site>/vkey, or statements of key changes; repeatable.",
)
@click.option("--all-logs", is_flag=True, help="Cosign every log of the services with these keys.")
@click.option("--name", help="Name of the witness in its signatures, such as its host; required at the first start.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535))
def witness(state: Path, keys: tuple[Path, ...], all_logs: bool, name: str | None, host: str, port: int) -> None:
    """Cosign checkpoints that extend the last one, until SIGTERM; STATE is the file with the key and checkpoints."""
    from consent.demo.ports import PortInUseError, reserve
    from consent.verify import Unclear, read_keys
    from consent.witness.server import serve_witness
    from consent.witness.state import WitnessStateError

    try:
        if not read_keys(list(keys)).logs:
            raise click.ClickException("None of the files contains the verifier key of a log.")
        opened = _open(state, name)
        reserve(host, port).close()
    except (Unclear, WitnessStateError, PortInUseError) as error:
        raise click.ClickException(f"{error}".rstrip(".") + ".") from None
    click.echo(f"witness {opened.name.replace('/', '-')} {opened.verifier_key} http://{host}:{port}")
    serve_witness(state, list(keys), host, port, are_all_trusted=all_logs)


def _open(path: Path, name: str | None):  # type: ignore[no-untyped-def]
    """Return the state, created on first start. Exits the process if the name is missing or differs."""
    from consent.witness.state import WitnessState

    if not path.exists():
        if not name or not WITNESS_NAME.fullmatch(name):
            raise click.UsageError("A new witness requires a --name of letters, digits and ./_-, such as its host.")
        return WitnessState.create(path, name)
    state = WitnessState.read(path, is_locked=True)
    state.close()  # the serving process locks it again
    if name and name != state.name:
        raise click.UsageError(f"{path} is the witness {state.name}; its name cannot be changed.")
    return state
