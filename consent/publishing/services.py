"""What publishing needs beside the database, made once by the app."""

from dataclasses import dataclass

from consent.core.rules import Rules
from consent.publishing.browser_check import BrowserChecks
from consent.publishing.publish import Artefacts
from consent.sites.custom_code import CodeGuard


@dataclass(frozen=True, slots=True)
class PublishingServices:
    """Rules, the built banner, the guard over code, and what tries drafts in Chromium."""

    rules: Rules
    artefacts: Artefacts
    guard: CodeGuard
    browser_checks: BrowserChecks
