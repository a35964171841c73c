"""GET /log/<site>/…: the consent log of a site as C2SP tlog-tiles, for a token of scope `log:read`, or for anyone."""

import re
from typing import NamedTuple

from consent.api.answer import Answer, ApiError
from consent.api.public import Public
from consent.api.receipt_proof import TEXT, prove
from consent.api.request import Request
from consent.api.visit import find_site
from consent.core.merkle import SIZE, consistency_proof
from consent.core.tiles import read_tile_path, width_of
from consent.proof.checkpoint import consistency_text, origin_of, verifier_keys
from consent.proof.entry import INSTANCE
from consent.storage import entries, log

SCOPE = "log:read"
YEAR_S = 365 * 86400
_SIZE = re.compile(r"[0-9]{1,15}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def answer_checkpoint(public: Public, request: Request, site: str) -> Answer:
    """Answer the newest checkpoint of the site's log, a signed note."""
    owner = _open(public, request, site)
    with public.engine.connect() as connection:
        head = log.head(connection, owner.id)
    if head is None:
        raise ApiError(404, "not_found", "This log has no leaf yet.")
    return Answer(200, [TEXT, *_caching(owner, 1)], head.note.encode())


def answer_tile(public: Public, request: Request, site: str, path: str) -> Answer:
    """Answer a tile of the site's tree, such as `0/x001/234` or `0/x001/234.p/7`; it never changes under its path."""
    owner = _open(public, request, site)
    asked = read_tile_path(path)
    with public.engine.connect() as connection:
        head = log.head(connection, owner.id) if asked else None
        if asked is None or head is None or asked[1] > width_of(asked[0], head.size):
            raise ApiError(404, "not_found", "There is no such tile in the tree of the newest checkpoint.")
        name, width = asked
        tile = log.tiles(connection, owner.id, [name])[name]
    kind = ("Content-Type", "application/octet-stream")
    # A partial tile is the beginning of what the tile is now.
    return Answer(200, [kind, *_caching(owner, YEAR_S)], tile[: width * SIZE])


def answer_verifier_key(public: Public, request: Request, site: str) -> Answer:
    """Answer the public keys that the checkpoints of this log are verified with, a line each, the present one first."""
    owner = _open(public, request, site)
    lines = verifier_keys(origin_of(public.base_url, owner.key), public.keys)
    return Answer(200, [TEXT, *_caching(owner, 300)], "".join(f"{line}\n" for line in lines).encode())


def answer_key_changes(public: Public, request: Request, site: str) -> Answer:
    """Answer the statements by which each old key names the one that came after it, a JWS each line, oldest first."""
    owner = _open(public, request, site)
    with public.engine.connect() as connection:
        found = entries.of_kind(connection, owner.id, "key")
    return Answer(200, [TEXT, *_caching(owner, 0)], "".join(f"{entry.jws}\n" for entry in found).encode())


def answer_consistency(public: Public, request: Request, site: str) -> Answer:
    """Answer the proof that the newest checkpoint goes on from the one of `from` leaves (C2SP tlog-witness)."""
    owner = _open(public, request, site)
    text = request.query.get("from", "")
    with public.engine.connect() as connection:
        head = log.head(connection, owner.id)
        if head is None or not _SIZE.fullmatch(text) or not 0 < int(text) <= head.size:
            known = f"Must be the size of an earlier checkpoint, 1 to {head.size if head else 0}."
            raise ApiError(400, "bad_size", "There was no such checkpoint.", {"from": known})
        path = consistency_proof(log.tile_reader(connection, owner.id), int(text), head.size)
    return Answer(200, [TEXT, *_caching(owner, 0)], consistency_text(int(text), path, head.note).encode())


def answer_config_proof(public: Public, request: Request, site: str, sha256: str) -> Answer:
    """Answer the proof that a published config is in the site's log: what its visitors were shown."""
    owner = _open(public, request, site)
    with public.engine.connect() as connection:
        known = _SHA256.fullmatch(sha256) is not None
        entry = entries.config_entry(connection, owner.id, f"sha256:{sha256}") if known else None
        text = prove(connection, owner.id, entry.log_index, entry.jws.encode()) if entry else None
    if text is None:
        raise ApiError(404, "not_found", "This log holds no such config.")
    return Answer(200, [TEXT, *_caching(owner, 0)], text.encode())


class Opened(NamedTuple):
    """A log that the caller may read."""

    id: int
    key: str
    is_public: bool


def _open(public: Public, request: Request, site: str) -> Opened:
    """Return the log of a site or of the instance that the caller may read. Raises ApiError."""
    if site == INSTANCE.key:
        public.tokens.check(request.header("Authorization") or "", SCOPE, None)
        return Opened(INSTANCE.id, INSTANCE.key, False)
    config = find_site(public, site)
    is_public = bool(config.overrides["public_log"])
    if not is_public:
        public.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    return Opened(config.site_id, config.site, is_public)


def _caching(owner: Opened, seconds: int) -> list[tuple[str, str]]:
    whose = "public" if owner.is_public else "private"
    end = ", immutable" if seconds == YEAR_S else ""
    return [("Cache-Control", f"{whose}, max-age={seconds}{end}"), ("X-Content-Type-Options", "nosniff")]
