"""A shop's draft, compiled as a publish would."""

from typing import Any

from consent.app import load_artifacts, load_rules
from consent.publishing.publish import freeze
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import canonical


def compiled(draft: dict[str, Any]) -> CompiledConfig:
    return CompiledConfig("sha256:0", canonical(freeze(draft, None, 1, load_artifacts())), 1, load_rules())
