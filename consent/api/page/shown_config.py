"""Restore the config, rule and language that a visitor was shown, from the write token."""

from dataclasses import dataclass

from consent.api.http.context import ApiContext
from consent.api.http.response import ApiError
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.write_token import Fields, read_token


@dataclass(frozen=True, slots=True)
class Shown:
    """The config that the script answered with, what else the token says of it, and the hash of its texts."""

    config: CompiledConfig
    fields: Fields
    text: str


def read_shown(context: ApiContext, site: str, name: str, token: str) -> Shown:
    """Return what the page that carries `token` was shown.

    Raises ApiError where the token is forged, too old or made for something else, or where the config is unknown.
    """
    fields = read_token(context.keys.secret, token, day_of_time(context.clock()))
    if fields is None or fields.site != site or fields.config != name:
        raise ApiError(403, "invalid_token", "The token is not one for this site and config, or older than 60 days.")
    config = context.configs.live.by_name(site, name)
    if config is None or fields.language not in config.languages:
        raise ApiError(400, "unknown_config", "There is no such config of this site.")
    return Shown(config, fields, config.shown_as(fields.variant).text_hash(fields.language))
