"""Test the *Install* lines on copies of real websites with third-party stand-ins: `python -m bench.websites`."""

import argparse
import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.websites import libraries
from bench.websites.authority import Authority
from bench.websites.cost import table as cost_table
from bench.websites.gateway import serving
from bench.websites.markup import FIRST, LAST
from bench.websites.namespace import NoNamespace, is_inside, run_inside, settle_in
from bench.websites.report import is_clean, table
from bench.websites.run import Run
from bench.websites.service import SET_UPS
from bench.websites.sites import NoSites, Website, read_sites
from bench.websites.world import World
from consent.scanner.browser.chromium import find_chromium


def main() -> int:
    """Run everything; return 1 if something is wrong, 2 if it can't run."""
    given = _arguments()
    folder = os.environ.get("SITES", "")
    try:
        sites = read_sites(folder, given.site, given.pages, given.list)
        if is_inside():
            return _run(given, sites, Path(folder) / ".libraries")
        missing = libraries.fetch(libraries.addresses_in(site.folder for site in sites), Path(folder) / ".libraries")
        print(f"npm has nothing for {len(missing)} libraries, which stay empty:", *missing, sep="\n    ", flush=True)
        return run_inside("bench.websites", sys.argv[1:])
    except (NoSites, NoNamespace) as why:
        print(why, file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.websites", description=__doc__)
    parser.add_argument("--site", default="", help="only the site of this name")
    parser.add_argument("--list", type=Path, help="a list of sites of your own, in place of ours")
    parser.add_argument("--pages", type=int, help="only so many pages of each site")
    parser.add_argument("--set-up", choices=SET_UPS, action="append", help="only with these tags in the service")
    parser.add_argument("--placement", choices=(FIRST, LAST), default=FIRST, help="where in the head the lines stand")
    parser.add_argument("--without", action="store_true", help="only the pages without us")
    parser.add_argument(
        "--cost", action="store_true", help="what the lines cost the first page of each site on a slow phone"
    )
    parser.add_argument("--out", type=Path, default=Path("build/websites"), help="where figures and pictures go")
    return parser.parse_args()


def _run(given: argparse.Namespace, sites: list[Website], shelf: Path) -> int:
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-websites-")))
        authority = Authority(scratch)
        settle_in(scratch, authority.policy())
        world = World(shelf, placement=given.placement)
        stack.enter_context(serving(world, authority))
        os.environ["SSL_CERT_FILE"] = str(authority.file)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        stack.callback(browser.close)
        return _report(given, sites, world, browser, scratch)


def _report(given: argparse.Namespace, sites: list[Website], world: World, browser: Browser, scratch: Path) -> int:
    given.out.mkdir(parents=True, exist_ok=True)
    run = Run(browser, world, given.out, scratch)
    run.without_us(sites)
    if given.cost:
        print(cost_table(run.costs(sites)))
        return 0
    every = [] if given.without else run.with_us(sites, given.set_up or SET_UPS)
    (given.out / "seen.json").write_text(json.dumps(run.seen(), indent=1))
    (given.out / "checks.json").write_text(json.dumps(run.checks, indent=1))
    (given.out / "verdicts.json").write_text(json.dumps([one.as_json() for one in every], indent=1))
    if not given.without:
        print(f"\n{table(every)}")
    return 0 if is_clean(every) else 1


if __name__ == "__main__":
    sys.exit(main())
