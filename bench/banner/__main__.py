"""`python -m bench.banner`: the banner and its peers in one run, taken in turns with a page that has none."""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from bench.banner.measure import Cost, visit
from bench.banner.server import serving
from bench.banner.subjects import PEERS, Subject, install, subjects
from tests.chromium import find_chromium, running_browser

HEAD = ("", "kB br", "requests", "visible", "slow 4G", "script", "returning", "accept", "CLS")
ROW = "{:<24}{:>7}{:>10}{:>9}{:>9}{:>8}{:>11}{:>8}{:>7}"
NETWORKS = {"loopback": False, "slow 4G": True}


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.banner", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--modules", type=Path, help="a node_modules folder that has the peers already")
    parser.add_argument("--only", default="", help="names, such as ours,klaro")
    given = parser.parse_args()
    print("Peers:", ", ".join(f"{name} {version}" for name, version in PEERS.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-banner-") as scratch:
        folder = Path(scratch)
        (folder / "instance").mkdir()
        every = subjects(given.modules or install(folder))
        chosen = [one for one in every if not given.only or one.name in given.only.split(",") or not one.layer]
        with serving(every, folder / "instance") as (origin, site), running_browser(find_chromium()) as browser:
            costs: dict[tuple[str, str], list[Cost]] = {}
            for number in range(given.rounds + 1):
                for network, slow in NETWORKS.items():
                    for subject in chosen:
                        cost = visit(browser, origin, site, subject, slow)
                        if number:  # the first round fills the caches of browser and machine
                            costs.setdefault((subject.name, network), []).append(cost)
                print(f"Round {number} of {given.rounds} is done.", flush=True)
    print(table(chosen, costs))


def table(chosen: list[Subject], costs: dict[tuple[str, str], list[Cost]]) -> str:
    """Return a line for each page: medians, and times above those of the page without a banner."""
    rows = [ROW.format(*HEAD)]
    for subject in chosen:
        near, far = costs[subject.name, "loopback"], costs[subject.name, "slow 4G"]
        base, far_base = costs["no banner", "loopback"], costs["no banner", "slow 4G"]
        first = near[0]

        def above(what: str, mine: list[Cost] = near, other: list[Cost] = base) -> str:
            return f"{_median(mine, what) - _median(other, what):+.0f}"

        if subject.layer:
            times = [above("visible"), above("visible", far, far_base), above("script"), above("returning")]
        else:
            times = [f"{_median(near, 'visible'):.0f}", f"{_median(far, 'visible'):.0f}"]
            times += [f"{_median(near, what):.0f}" for what in ("script", "returning")]
        accept, shift = f"{_median(near, 'accept'):.0f}", f"{max(one.shift for one in near + far):.3f}"
        rows.append(ROW.format(subject.name, f"{first.bytes / 1000:.1f}", first.requests, *times, accept, shift))
    return "\n".join(rows)


def _median(costs: list[Cost], what: str) -> float:
    return median(getattr(cost, what) for cost in costs)


if __name__ == "__main__":
    main()
