"""Benchmark the banner and its peers, alternating with a page without a banner: `python -m bench.banner`."""

import argparse
import tempfile
from pathlib import Path
from statistics import median

from bench.banner.measure import Cost, until_visible, visit
from bench.banner.server import serving
from bench.banner.subjects import PEERS, TAGS, TOGETHER, Subject, install, subjects
from tests.chromium import find_chromium, running_browser

SCRIPT = ("script", "returning", "net", "strict", "refused")
HEAD = ("", "kB br", "requests", "visible", "slow 4G", *SCRIPT, "tag", "accept", "CLS")
ROW = "{:<24}{:>7}{:>10}{:>9}{:>9}{:>8}{:>11}{:>5}{:>7}{:>9}{:>7}{:>8}{:>7}"
NETWORKS = {"loopback": False, "slow 4G": True}
Seen = dict[tuple[str, str], list[float]]


def main() -> None:
    """Measure, and print the results."""
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
            costs: dict[str, list[Cost]] = {one.name: [] for one in chosen}
            seen: Seen = {(one.name, network): [] for one in chosen for network in NETWORKS}
            for number in range(given.rounds + 1):
                for subject in chosen:
                    cost = visit(browser, origin, site, subject)
                    times = {
                        network: until_visible(browser, origin, subject, slow) for network, slow in NETWORKS.items()
                    }
                    if number:  # the first round warms the caches of browser and machine
                        costs[subject.name].append(cost)
                        for network, time in times.items():
                            seen[subject.name, network].append(time)
                print(f"Round {number} of {given.rounds} is done.", flush=True)
    print(table(chosen, costs, seen))


def table(chosen: list[Subject], costs: dict[str, list[Cost]], seen: Seen) -> str:
    """Return a line for each page: medians, and times above those of the page without a banner.

    The ten tags run on a returning visit, whoever adds them: `net` is without the cost of the tags alone, added one
    after the other, and `strict` without their cost when added at once.
    """
    rows = [ROW.format(*HEAD)]
    tags, together = (_median(costs[name], "returning") for name in (TAGS, TOGETHER))
    paint = {network: median(seen["no banner", network]) for network in NETWORKS}
    for subject in chosen:
        mine = costs[subject.name]
        visible = [median(seen[subject.name, network]) for network in NETWORKS]
        names = ("first", "returning", "refused", "tag", "accept")
        first, returning, refused, tag, accept = (_median(mine, what) for what in names)
        if subject.layer:
            above = [time - paint[network] for time, network in zip(visible, NETWORKS, strict=True)]
            less, after = (returning - tags, returning - together), tag - paint["loopback"]
            times = [f"{time:+.0f}" for time in (*above, first, returning, *less, refused, after)]
        else:
            times = [f"{time:.0f}" for time in (*visible, first, returning)] + [""] * 4
        shift = f"{max(one.shift for one in mine):.3f}"
        size, requests = f"{mine[0].bytes / 1000:.1f}", mine[0].requests
        rows.append(ROW.format(subject.name, size, requests, *times, f"{accept:.0f}", shift))
    return "\n".join(rows)


def _median(costs: list[Cost], what: str) -> float:
    return median(float(getattr(cost, what)) for cost in costs)


if __name__ == "__main__":
    main()
