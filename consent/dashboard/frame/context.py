"""Dependencies of the dashboard's views, injected once by the app."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Request, current_app
from sqlalchemy import Engine

from consent.alarms.services import Notifications
from consent.classifier.catalog import Catalog
from consent.core.rules import Rules
from consent.evidence import Evidence
from consent.exports.job_store import JobStore
from consent.outbound.oidc_provider import Provider
from consent.privacy.services import PrivacyServices
from consent.publishing.browser_check import UNCHECKED, BrowserChecks
from consent.publishing.publish import Artifacts
from consent.signing.keys import Keys
from consent.sites.custom.code import CodeGuard
from consent.sites.health_report import Health, Subject
from consent.storage.maintenance.replica import Reads

NAME = "consent_dashboard"
CONSOLE = "consent_api_console"


def peer_address(request: Request) -> str:
    """Return the connection's remote address, for counting sign-ins."""
    return request.remote_addr or ""


@dataclass(frozen=True, slots=True)
class ScanServices:
    """Services that check pages and find tags; those that need the scanner are None if it isn't installed.

    `start_scan` starts a scan, given the site's key and the scan's number. `check_site` checks a page without a
    browser, and `check_in_browser` with one; the app always provides the first. `browser_checks` tests drafts in
    Chromium, or nothing without the scanner. `filter_lists` are those that the operator added, each as `GROUP=FILE`.
    """

    start_scan: Callable[[str, int], None] | None = None
    check_site: Callable[[Subject, str], Health] | None = None
    check_in_browser: Callable[[Subject, str], Health] | None = None
    browser_checks: BrowserChecks = UNCHECKED
    filter_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInServices:
    """How users sign in.

    `provider` is the identity provider, or None. `second_factor` says who needs one: nobody (`optional`), `admins` or
    `everyone`. `client_address` returns a request's address, for counting sign-ins. `setup_code` lets the first admin
    in; without it, there is no setup page.
    """

    provider: Provider | None = None
    second_factor: str = "optional"
    client_address: Callable[[Request], str] = peer_address
    setup_code: str = ""


@dataclass(frozen=True, slots=True)
class ApiConsole:
    """How users try the API's read operations.

    `scopes` maps each path to the token scope that it needs, empty if it needs no token. `call` requests a path and
    query with a token and a client address, and returns `status`, `media_type`, `text` and `is_cut`.
    """

    scopes: Mapping[str, str] = field(default_factory=dict)
    call: Callable[[str, str, str], Mapping[str, object]] = lambda _path, _token, _address: {}


@dataclass(frozen=True, slots=True)
class Services:
    """Database, rules, catalog, keys, what publishing stores (rule tables and banner), and the groups of services.

    `reads` is for long reads, and uses a replica if there is one. `base_url` is the service's own URL, without a
    trailing slash. `evidence` makes packs for regulators. `warnings` returns sentences for the owner, such as about a
    misconfigured proxy.
    """

    engine: Engine
    reads: Reads
    rules: Rules
    catalog: Catalog
    artifacts: Artifacts
    keys: Keys
    exports: JobStore
    base_url: str
    privacy: PrivacyServices
    evidence: Evidence
    scans: ScanServices = field(default_factory=ScanServices)
    sign_in: SignInServices = field(default_factory=SignInServices)
    notifications: Notifications = field(default_factory=Notifications)
    warnings: Callable[[], list[str]] = list
    clock: Callable[[], float] = time.time

    @property
    def is_https(self) -> bool:
        """Return whether users reach the service over https; cookies are then Secure."""
        return self.base_url.startswith("https://")

    @property
    def code_guard(self) -> CodeGuard:
        """Return the guard that decides which code may be published."""
        return CodeGuard(self.catalog, self.keys.secret)

    @property
    def now(self) -> int:
        """Return the current time in unix seconds."""
        return int(self.clock())


def services() -> Services:
    """Return the services that `register` passed to the current app."""
    given: Services = current_app.extensions[NAME]
    return given


def console() -> ApiConsole:
    """Return the API console passed to `register`, which is empty if none was passed."""
    given: ApiConsole = current_app.extensions[CONSOLE]
    return given
