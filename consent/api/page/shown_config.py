"""Restore the config, rule and language that a visitor was shown, from the write token."""

from dataclasses import dataclass

from consent.api.http.context import ApiContext
from consent.api.http.response import ApiError
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.write_token import Fields, read_token


@dataclass(frozen=True, slots=True)
class ShownConfig:
    """The config that the script was served with, the other facts in the token, and the hash of its texts."""

    config: CompiledConfig
    fields: Fields
    text: str


def read_shown(context: ApiContext, site: str, name: str, token: str) -> ShownConfig:
    """Return what was shown on the page that carries `token`.

    Raises ApiError if the token is forged, too old or made for something else, or if the config is unknown.
    """
    fields = read_token(context.keys.secret, token, day_of_time(context.clock()))
    if fields is None or fields.site != site or fields.config != name:
        raise ApiError(
            403, "invalid_token", "The token is not valid for this site and config, or is older than 60 days."
        )
    config = context.configs.live.by_name(site, name)
    if config is None or fields.language not in config.languages:
        raise ApiError(400, "unknown_config", "This site has no such config.")
    return ShownConfig(config, fields, config.for_variant(fields.variant).text_hash(fields.language))
