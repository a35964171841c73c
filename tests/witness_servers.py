"""Witnesses that serve on a local port, and the policy files that name them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from consent.verify import read_keys
from consent.witness.protocol import TrustedLogs
from consent.witness.server import WitnessApp
from consent.witness.state import WitnessState
from tests.wsgi_server import serving


class ServedWitness(NamedTuple):
    """A witness: its policy line, its state and the paths of the requests it has received."""

    line: str
    state: WitnessState
    asked: list[str]
    faults: list[tuple[int, str]]
    """Error answers that it gives once each, instead of its own."""


@contextmanager
def witness_of(folder: Path, name: str, *keys: Path) -> Iterator[ServedWitness]:
    """Run a witness of the logs with these verifier keys, with its state in `folder`."""
    file = folder / f"{name}.json"
    state = WitnessState.read(file) if file.exists() else WitnessState.create(file, f"{name}.example")
    app = WitnessApp(state, TrustedLogs(read_keys(list(keys)).logs, are_all_trusted=True))
    asked: list[str] = []
    faults: list[tuple[int, str]] = []

    def recording(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        asked.append(environ["PATH_INFO"])
        if faults:
            status, text = faults.pop(0)
            start_response(f"{status} Given", [("Content-Type", "text/plain")])
            return [text.encode()]
        return app(environ, start_response)

    with serving(recording) as port:
        yield ServedWitness(f"witness {name} {state.verifier_key} http://127.0.0.1:{port}/", state, asked, faults)


def policy_of(folder: Path, lines: list[str], *rest: str) -> Path:
    """Write a policy with these witnesses and the lines about groups and quorum."""
    file = folder / "policy"
    file.write_text("".join(f"{line}\n" for line in ["# of the tests", "", *lines, *rest]))
    return file
