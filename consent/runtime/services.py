"""Build the services behind responses: live configs, rules by place, the built script."""

from dataclasses import dataclass

from sqlalchemy import Engine

from consent.core.rules import Rules
from consent.runtime.live_configs import LiveConfigs
from consent.runtime.script_build import Build, read_build
from consent.web.static_files import static_folder


@dataclass(slots=True)
class ConfigServices:
    """The live config of each site, the rules by place, and the build of the script that this process serves."""

    live: LiveConfigs
    rules: Rules
    build: Build


def build_configs(engine: Engine, rules: Rules, service_url: str) -> ConfigServices:
    """Return the services for the configs in the database, for visitors of `service_url`."""
    return ConfigServices(LiveConfigs(engine, rules, service_url=service_url), rules, read_build(static_folder()))
