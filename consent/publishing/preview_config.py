"""Compile the draft as a preview config, cached because previews and estimates need it at every change."""

import json
from functools import lru_cache

from consent.core.rules import Rules
from consent.publishing.preview import compiled, config_of
from consent.publishing.publish import Artifacts, freeze
from consent.runtime.compiled_config import CompiledConfig
from consent.sites.vendor_lists.site_cut import CutSource


@lru_cache(8)
def draft_config(
    text: str, live: bytes | None, artifacts: Artifacts, site_id: int, rules: Rules, tcf: CutSource | None = None
) -> CompiledConfig:
    """Return the draft in `text` compiled as the version after `live` (the live config's body), or as the first version.

    `tcf` is the source of the vendors of a draft with TCF (`cut_source`).
    """
    earlier = json.loads(live) if live else None
    version = earlier["version"] + 1 if earlier else 1
    return config_of(freeze(json.loads(text), earlier, version, artifacts, tcf), site_id, rules)


def live_config(name: str | None, live: bytes | None, site_id: int, rules: Rules) -> CompiledConfig | None:
    """Return the live config `name` compiled from its body, None if there is none."""
    return compiled(name, live, site_id, rules) if name and live else None
