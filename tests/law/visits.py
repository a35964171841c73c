"""Visits to the demo, and the receipts that they produce."""

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.polling import wait_for
from tests.story.demo import Visitor

Arrive = Callable[..., Visitor]


def claims_of(receipt: str) -> dict[str, Any]:
    """Return a receipt's claims without checking the signature."""
    part = receipt.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def wait_for_version(visitor: Visitor, version: int) -> None:
    wait_for(lambda: visitor.visit().evaluate("consent.get().version") >= version)
