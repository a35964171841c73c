"""Measures a banner."""

from typing import Any

from playwright.async_api import Page


async def measure_banner(page: Page) -> dict[str, Any]:
    """Return facts."""
    return {}
