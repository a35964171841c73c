"""What publishing needs besides the database, created once by the app."""

from dataclasses import dataclass

from consent.core.rules import Rules
from consent.publishing.browser_check import BrowserChecks
from consent.publishing.publish import Artifacts
from consent.sites.custom.code import CodeGuard


@dataclass(frozen=True, slots=True)
class PublishingServices:
    """The rules, the built banner, the code guard, and the browser checks."""

    rules: Rules
    artifacts: Artifacts
    guard: CodeGuard
    browser_checks: BrowserChecks
