"""Dependencies of the dashboard's views, injected once by the app."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Request, current_app
from sqlalchemy import Engine

from consent.alarms.services import Notifications
from consent.classifier.catalogue import Catalogue
from consent.core.rules import Rules
from consent.evidence import Evidence
from consent.exports.job_store import JobStore
from consent.outbound.oidc_provider import Provider
from consent.privacy.services import PrivacyServices
from consent.publishing.browser_check import UNCHECKED, BrowserChecks
from consent.publishing.publish import Artefacts
from consent.signing.keys import Keys
from consent.sites.custom_code import CodeGuard
from consent.sites.health_report import Health, Subject
from consent.storage.maintenance.replica import Reads

NAME = "consent_dashboard"
CONSOLE = "consent_api_console"


def peer_address(request: Request) -> str:
    """Return the address that the connection comes from, for counting sign-ins."""
    return request.remote_addr or ""


@dataclass(frozen=True, slots=True)
class ScanServices:
    """What checks pages and finds tags on them; what needs the scanner is None where that is not installed.

    `start_scan` begins the scan of a site by its key and the scan's number. `check_site` checks a page of a site without a
    browser and `check_in_browser` with one; the app always gives the first. `browser_checks` tries drafts in Chromium;
    without the
    scanner it tries nothing. `filter_lists` are those that the operator added, each as `GROUP=FILE`.
    """

    start_scan: Callable[[str, int], None] | None = None
    check_site: Callable[[Subject, str], Health] | None = None
    check_in_browser: Callable[[Subject, str], Health] | None = None
    browser_checks: BrowserChecks = UNCHECKED
    filter_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignInServices:
    """How users sign in.

    `provider` is the identity provider, None where none is set. `second_factor` says who needs one: nobody (`optional`),
    `admins` or `everyone`. `client_address` returns where a request comes from, for counting sign-ins. `setup_code` lets the
    first admin in; without one there is no setup page.
    """

    provider: Provider | None = None
    second_factor: str = "optional"
    client_address: Callable[[Request], str] = peer_address
    setup_code: str = ""


@dataclass(frozen=True, slots=True)
class ApiConsole:
    """How users try operations of the API that read.

    `scopes` has the scope of the token that each path needs, empty where it needs none. `call` requests a path with its
    query, with a token and from an address, and returns `status`, `media_type`, `text` and `is_cut`; the app gives it with
    the scopes.
    """

    scopes: Mapping[str, str] = field(default_factory=dict)
    call: Callable[[str, str, str], Mapping[str, object]] = lambda _path, _token, _address: {}


@dataclass(frozen=True, slots=True)
class Services:
    """Database, rules, catalogue, keys, what a publish stores (rule tables and banner), and the groups of services.

    `reads` is where long reads go, a replica where there is one. `base_url` is the service's own address, without a slash at
    its end. `evidence` makes packs for regulators. `warnings` returns sentences for the owner, such as of a mis-set proxy.
    """

    engine: Engine
    reads: Reads
    rules: Rules
    catalogue: Catalogue
    artefacts: Artefacts
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
        """Return whether users reach the service by https: cookies are Secure then."""
        return self.base_url.startswith("https://")

    @property
    def code_guard(self) -> CodeGuard:
        """Return what decides which code a publish may bring."""
        return CodeGuard(self.catalogue, self.keys.secret)

    @property
    def now(self) -> int:
        """Return the present time in unix seconds."""
        return int(self.clock())


def services() -> Services:
    """Return the services that `register` passed to the current app."""
    given: Services = current_app.extensions[NAME]
    return given


def console() -> ApiConsole:
    """Return how users try operations of the API, none where `register` was given none."""
    given: ApiConsole = current_app.extensions[CONSOLE]
    return given
