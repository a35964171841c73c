"""Measure how much throughput visitors keep while strangers invent cookies, languages, paths, sites and tokens.

`python -m bench.attackers`: four connections of one kind of stranger, then one of each, alongside 64 of a pool of
visitors. One kind requests pages of the service, which Flask renders in threads. Each measurement alternates with one
of the visitors alone.
"""

import argparse
import random
import string
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from bench.load import Load, run_pool, write_pool
from bench.pools import headers_of, live_config, rate_of, running_service
from bench.site import DECISION, HOST, ORIGIN, environment
from bench.visitors import SEED, pool
from consent.core.choice import Choice, format_choice
from consent.core.groups import OPTIONAL
from consent.demo.site import KEY
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.accounts.api_tokens import PREFIX

VISITORS = 60_000
INVENTED = 100_000
"""Requests of each kind of stranger before they repeat: more than are cached."""
ATTACKERS = 4
SCRIPT = f"/b/{KEY}.js"
Invent = Callable[[random.Random, CompiledConfig], dict[str, str]]
_ROW = "{:<11}{:<10}{:>9}{:>12}{:>8}{:>13}"
HEAD = _ROW.format("strangers", "answer", "alone/s", "beside/s", "share", "strangers/s")


def _cookie(draw: random.Random, config: CompiledConfig) -> dict[str, str]:
    """Return a well-formed choice that nobody has made."""
    keys = {group: f"{draw.randrange(2**32):08x}" for group in OPTIONAL}
    answers: dict[str, bool | None] = {group: draw.random() < 0.5 for group in OPTIONAL}
    text = format_choice(
        Choice(draw.randrange(20_000, 20_800), "eu_opt_in", answers, keys, {f"v{draw.randrange(10**9)}": True})
    )
    return {"Cookie": f"{config.cookie}={text}"}


def _language(draw: random.Random, _: CompiledConfig) -> dict[str, str]:
    ranges = ("".join(draw.choices(string.ascii_lowercase, k=6)) for _ in range(8))
    return {"Accept-Language": ",".join(f"{one};q=0.{draw.randrange(1, 10)}" for one in ranges)}


def _path(draw: random.Random, _: CompiledConfig) -> dict[str, str]:
    return {":path": f"{DECISION}?path=/{draw.randrange(10**12)}"}


def _site(draw: random.Random, _: CompiledConfig) -> dict[str, str]:
    return {":path": f"/b/{draw.randrange(10**12)}.js"}


def _token(draw: random.Random, _: CompiledConfig) -> dict[str, str]:
    """Return a well-formed token that nobody has created."""
    letters = "".join(draw.choices(string.ascii_letters, k=43))
    return {":path": DECISION, "Authorization": f"Bearer {PREFIX}{letters}"}


def _page(draw: random.Random, config: CompiledConfig) -> dict[str, str]:
    return {":path": f"/c/{KEY}?language={draw.choice(config.languages)}"}


KINDS: Mapping[str, Invent] = {
    "cookies": _cookie,
    "languages": _language,
    "paths": _path,
    "sites": _site,
    "tokens": _token,
    "pages": _page,
}


def _write(folder: Path, environ: dict[str, str]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Write the visitors' requests by kind of response, and the strangers' by kind of stranger."""
    config, visitors, strangers = live_config(environ), {}, {}
    for kind in ("decision", "script"):
        visitors[kind] = folder / f"visitors-{kind}.txt"
        write_pool(visitors[kind], [headers_of(one, kind) for one in pool("German", config, VISITORS)])
    draw = random.Random(SEED)  # noqa: S311 - the same strangers each time
    for name, invent in KINDS.items():
        strangers[name] = folder / f"{name}.txt"
        common = {"Host": HOST, "Origin": ORIGIN, "Accept-Encoding": "gzip, deflate, br"}
        write_pool(strangers[name], [common | invent(draw, config) for _ in range(INVENTED)])
    return visitors, strangers


class _Strangers:
    """Strangers who send requests until the block ends."""

    def __init__(self, port: int, path: str, files: list[Path], seconds: float) -> None:
        self.loads: list[Load] = []
        each = max(1, ATTACKERS // len(files))
        self._threads = [
            threading.Thread(target=lambda file=file: self.loads.append(run_pool(port, path, file, seconds + 1, each)))
            for file in files
        ]

    def __enter__(self) -> "_Strangers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def rate(self) -> float:
        """Return their requests per second."""
        return sum(load.answers / load.seconds for load in self.loads)


def measure(
    port: int, path: str, visitors: Path, strangers: list[Path], rounds: int, seconds: float
) -> tuple[float, float, float]:
    """Return the visitors' requests per second alone and with strangers, and the strangers': medians over rounds."""
    alone, beside, theirs = [], [], []
    run_pool(port, path, visitors, seconds)
    for _ in range(rounds):
        alone.append(rate_of(run_pool(port, path, visitors, seconds)))
        with _Strangers(port, path, strangers, seconds) as others:
            beside.append(rate_of(run_pool(port, path, visitors, seconds)))
        theirs.append(others.rate)
    return median(alone), median(beside), median(theirs)


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m bench.attackers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attackers-") as name:
        environ = environment(Path(name) / "service") | {"CONSENT_TRUSTED_PROXIES": "127.0.0.1/32"}
        visitors, strangers = _write(Path(name), environ)
        with running_service(environ) as server:
            print(HEAD, flush=True)
            for answer, path in {"decision": DECISION, "script": SCRIPT}.items():
                for kind, files in {
                    **{one: [file] for one, file in strangers.items()},
                    "each": [*strangers.values()],
                }.items():
                    rates = measure(server.port, path, visitors[answer], files, given.rounds, given.seconds)
                    alone, beside, theirs = rates
                    numbers = (f"{alone:,.0f}", f"{beside:,.0f}", f"{beside / alone:.2f}", f"{theirs:,.0f}")
                    print(_ROW.format(kind, answer, *numbers), flush=True)
            print(f"Memory: {sum(server.pss_mb().values()):.0f} MB.")


if __name__ == "__main__":
    main()
