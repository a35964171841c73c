"""A draft compiled as if it were published now: what its banner would look like, and what it would decide."""

from typing import Any

from consent.core.rules import Rules
from consent.proof.canonical import canonical
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.draft import Draft
from consent.snapshots.publish import Artefacts, freeze

NAME = "sha256:" + "0" * 64
"""What a config is called that is none yet."""


def compile_draft(
    draft: Draft, live: dict[str, Any] | None, site_id: int, rules: Rules, artefacts: Artefacts
) -> CompiledConfig:
    """Return the config that `draft` would become as the next version of `live`; its form has been checked before."""
    version = live["version"] + 1 if live else 1
    return CompiledConfig(NAME, canonical(freeze(draft, live, version, artefacts)), site_id, rules)
