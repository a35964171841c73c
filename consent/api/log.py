"""GET /log/<site>/…: the consent log of a site as C2SP tlog-tiles, for a token of scope `log:read`, or for anyone."""

import re

from consent.api.answer import Answer, ApiError
from consent.api.public import Public
from consent.api.receipt_proof import TEXT, prove
from consent.api.request import Request
from consent.api.visit import find_site
from consent.core.merkle import SIZE
from consent.core.tiles import read_tile_path, width_of
from consent.proof.checkpoint import origin_of, verifier_key
from consent.snapshots.compile import CompiledConfig
from consent.storage import entries, log

SCOPE = "log:read"
YEAR_S = 365 * 86400
_SHA256 = re.compile(r"[0-9a-f]{64}")


def answer_checkpoint(public: Public, request: Request, site: str) -> Answer:
    """Answer the newest checkpoint of the site's log, a signed note."""
    config = _open(public, request, site)
    with public.engine.connect() as connection:
        head = log.head(connection, config.site_id)
    if head is None:
        raise ApiError(404, "not_found", "This log has no leaf yet.")
    return Answer(200, [TEXT, *_caching(config, 1)], head.note.encode())


def answer_tile(public: Public, request: Request, site: str, path: str) -> Answer:
    """Answer a tile of the site's tree, such as `0/x001/234` or `0/x001/234.p/7`; it never changes under its path."""
    config = _open(public, request, site)
    asked = read_tile_path(path)
    with public.engine.connect() as connection:
        head = log.head(connection, config.site_id) if asked else None
        if asked is None or head is None or asked[1] > width_of(asked[0], head.size):
            raise ApiError(404, "not_found", "There is no such tile in the tree of the newest checkpoint.")
        name, width = asked
        tile = log.tiles(connection, config.site_id, [name])[name]
    kind = ("Content-Type", "application/octet-stream")
    # A partial tile is the beginning of what the tile is now.
    return Answer(200, [kind, *_caching(config, YEAR_S)], tile[: width * SIZE])


def answer_verifier_key(public: Public, request: Request, site: str) -> Answer:
    """Answer the public key that the checkpoints of this log are verified with, as one line of text."""
    config = _open(public, request, site)
    line = verifier_key(origin_of(public.base_url, config.site), public.keys.log.public)
    return Answer(200, [TEXT, *_caching(config, 300)], f"{line}\n".encode())


def answer_config_proof(public: Public, request: Request, site: str, sha256: str) -> Answer:
    """Answer the proof that a published config is in the site's log: what its visitors were shown."""
    config = _open(public, request, site)
    with public.engine.connect() as connection:
        known = _SHA256.fullmatch(sha256) is not None
        entry = entries.config_entry(connection, config.site_id, f"sha256:{sha256}") if known else None
        text = prove(connection, config.site_id, entry.log_index, entry.jws.encode()) if entry else None
    if text is None:
        raise ApiError(404, "not_found", "This log holds no such config.")
    return Answer(200, [TEXT, *_caching(config, 0)], text.encode())


def _open(public: Public, request: Request, site: str) -> CompiledConfig:
    """Return the live config of a site whose log the caller may read. Raises ApiError."""
    config = find_site(public, site)
    if not config.overrides["public_log"]:
        public.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return config


def _caching(config: CompiledConfig, seconds: int) -> list[tuple[str, str]]:
    whose = "public" if config.overrides["public_log"] else "private"
    end = ", immutable" if seconds == YEAR_S else ""
    return [("Cache-Control", f"{whose}, max-age={seconds}{end}"), ("X-Content-Type-Options", "nosniff")]
