"""What the dashboard works with, handed in once by the app."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Request, current_app
from sqlalchemy import Engine

from consent.alarms import Outlet
from consent.classify.catalogue import Catalogue
from consent.core.rights import Rights
from consent.core.rules import Rules
from consent.evidence import Evidence
from consent.exports.shelf import Shelf
from consent.mail import Mailer
from consent.proof.erasing import Eraser
from consent.proof.keys import Keys
from consent.sign_on import Provider
from consent.snapshots.publish import Artefacts
from consent.snapshots.site_health import Health, Subject
from consent.snapshots.trial import UNTRIED, Trials
from consent.storage.replica import Reads

NAME = "consent_dashboard"


def peer_address(request: Request) -> str:
    """Return the address that the connection comes from, for counting log-ins."""
    return request.remote_addr or ""


@dataclass(frozen=True, slots=True)
class Services:
    """Database, rules, catalogue, keys, what a publish keeps (rule tables and banner), and the service's own address.

    `reads` is where long reads go, a replica where there is one. `base_url` has no slash at its end.
    `warnings` returns sentences for the owner, such as of a mis-set proxy.
    `start_scan` begins the scan of a site by its key and the scan's number; None where the scanner is not installed.
    `second_factor` says who needs one: nobody (`optional`), `admins` or `everyone`.
    `outlet` tells of alarms; `silence_minutes` is after how long a silent site is one, 0 for never.
    `provider` signs people in; None where none is set.
    `mailer` sends mail; None where no server is set.
    `check_site` looks at a page of a site without a browser; the app always gives it. `check_in_browser` does so with one,
    where the scanner is installed.
    `filter_lists` are those that the operator added, each as `GROUP=FILE`.
    `rights` has the periods and authorities of places, `eraser` erases, `evidence` makes packs for regulators, `prune` has
    the runs of retention done that wait.
    `trials` tries drafts in Chromium; without the scanner it tries nothing.
    `client_address` says where a request comes from, for counting log-ins.
    """

    engine: Engine
    reads: Reads
    rules: Rules
    catalogue: Catalogue
    artefacts: Artefacts
    keys: Keys
    exports: Shelf
    base_url: str
    is_https: bool
    rights: Rights
    eraser: Eraser
    evidence: Evidence
    prune: Callable[[], None] = lambda: None
    warnings: Callable[[], list[str]] = list
    clock: Callable[[], float] = time.time
    client_address: Callable[[Request], str] = peer_address
    start_scan: Callable[[str, int], None] | None = None
    trials: Trials = UNTRIED
    mailer: Mailer | None = None
    check_site: Callable[[Subject, str], Health] | None = None
    check_in_browser: Callable[[Subject, str], Health] | None = None
    filter_lists: tuple[str, ...] = ()
    second_factor: str = "optional"
    provider: Provider | None = None
    outlet: Outlet = field(default_factory=Outlet)
    silence_minutes: int = 60

    @property
    def now(self) -> int:
        """Return the present time in unix seconds."""
        return int(self.clock())


def services() -> Services:
    """Return what `register` gave to the current app."""
    found: Services = current_app.extensions[NAME]
    return found
