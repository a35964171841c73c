"""`consent witness`: cosign the checkpoints of logs on another machine, each only where it extends the last one."""

import re
from pathlib import Path

import click

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,119}")


@click.command()
@click.argument("state", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The verifier key of a log, as /log/<site>/vkey answers, or changes of keys; may come several times.",
)
@click.option("--all-logs", is_flag=True, help="Cosign every log of the services whose keys are given.")
@click.option("--name", help="What the witness is called in its signatures, such as its host; for the first start.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535))
def witness(state: Path, keys: tuple[Path, ...], all_logs: bool, name: str | None, host: str, port: int) -> None:
    """Cosign checkpoints that extend the last one, until SIGTERM; STATE is the file with key and checkpoints."""
    from consent.demo.ports import PortInUseError, reserve
    from consent.verify import Unclear, read_keys
    from consent.witness.server import serve_witness
    from consent.witness.state import WitnessStateError

    try:
        if not read_keys(list(keys)).logs:
            raise click.ClickException("None of the files has the verifier key of a log.")
        opened = _open(state, name)
        reserve(host, port).close()
    except (Unclear, WitnessStateError, PortInUseError) as error:
        raise click.ClickException(f"{error}".rstrip(".") + ".") from None
    click.echo(f"witness {opened.name.replace('/', '-')} {opened.verifier_key} http://{host}:{port}")
    serve_witness(state, list(keys), host, port, are_all_trusted=all_logs)


def _open(path: Path, name: str | None):  # type: ignore[no-untyped-def]
    """Return the state; make it at the first start. Ends the process where the name is missing or another one."""
    from consent.witness.state import WitnessState

    if not path.exists():
        if not name or not NAME.fullmatch(name):
            raise click.UsageError("A new witness needs a --name of letters, digits and ./_- such as its host.")
        return WitnessState.create(path, name)
    state = WitnessState.read(path, is_locked=True)
    state.close()  # the process that serves takes it again
    if name and name != state.name:
        raise click.UsageError(f"{path} is the witness {state.name}; a name is never changed.")
    return state
