"""What a visitor was shown, restored from the token that a write carries."""

from dataclasses import dataclass

from consent.api.answer import ApiError
from consent.api.public import Public
from consent.proof.write_token import Fields, read_token
from consent.snapshots.compile import CompiledConfig, day_of_time


@dataclass(frozen=True, slots=True)
class Shown:
    """The config that the script answered with, what else the token says of it, and the hash of its texts."""

    config: CompiledConfig
    fields: Fields
    text: str

    @property
    def place(self) -> dict[str, str | None]:
        """Return the place whose rule was applied, as a receipt says it."""
        return {"country": self.fields.country, "subdivision": self.fields.subdivision, "source": self.fields.source}


def read_shown(public: Public, site: str, name: str, token: str) -> Shown:
    """Return what the page that carries `token` was shown.

    Raises ApiError where the token is forged, too old or made for something else, or where the config is unknown.
    """
    fields = read_token(public.keys.secret, token, day_of_time(public.clock()))
    if fields is None or fields.site != site or fields.config != name:
        raise ApiError(403, "bad_token", "The token is not one for this site and config, or older than 60 days.")
    config = public.live.by_name(site, name)
    if config is None or fields.language not in config.languages:
        raise ApiError(400, "unknown_config", "There is no such config of this site.")
    return Shown(config, fields, config.text_hash(fields.language))
