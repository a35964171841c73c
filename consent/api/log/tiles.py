"""GET /log/<site>/…: the consent log of a site as C2SP tlog-tiles, public or for a token of scope `log:read`."""

import re
from typing import NamedTuple

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError
from consent.api.http.site import find_site
from consent.api.visitor.proof import TEXT, prove
from consent.core.days import DAY_SECONDS
from consent.core.merkle import SIZE, consistency_proof
from consent.core.tiles import read_tile_path, width_of
from consent.log.checkpoints import consistency_text, origin_of, verifier_keys
from consent.log.entry import INSTANCE
from consent.storage.log import cosignatures, entries, tree_store
from consent.storage.sites import configs, sites

SCOPE = "log:read"
YEAR_SECONDS = 365 * DAY_SECONDS
_SIZE = re.compile(r"[0-9]{1,15}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def answer_checkpoint(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the newest checkpoint of the site's log, a signed note."""
    owner = _authorize(context, request, site)
    with context.engine.connect() as connection:
        head = _head(connection, owner.id)
    if head is None:
        raise ApiError(404, "not_found", "This log is empty.")
    return Answer(200, [TEXT, *_caching(owner, 1)], head.note.encode())


def answer_cosigned_checkpoint(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the newest checkpoint of the site's log cosigned by a quorum of witnesses."""
    owner = _authorize(context, request, site)
    with context.engine.connect() as connection:
        head = cosignatures.newest_cosigned(connection, owner.id)
    if head is None:
        raise ApiError(404, "not_found", "No quorum of witnesses has cosigned this log yet.")
    return Answer(200, [TEXT, *_caching(owner, 1)], head.note.encode())


def _head(connection: Connection, site_id: int) -> tree_store.Head | None:
    """Return the newest checkpoint with the cosignatures collected so far."""
    head = tree_store.head(connection, site_id)
    return cosignatures.with_cosignatures(connection, site_id, head) if head else None


def answer_tile(context: ApiContext, request: Request, site: str, path: str) -> Answer:
    """Return a tile of the site's tree, such as `0/x001/234` or `0/x001/234.p/7`; a path's content never changes."""
    owner = _authorize(context, request, site)
    asked = read_tile_path(path)
    with context.engine.connect() as connection:
        head = tree_store.head(connection, owner.id) if asked else None
        if asked is None or head is None or asked[1] > width_of(asked[0], head.size):
            raise ApiError(404, "not_found", "The tree of the newest checkpoint has no such tile.")
        name, width = asked
        tile = tree_store.tiles(connection, owner.id, [name])[name]
    kind = ("Content-Type", "application/octet-stream")
    # A partial tile is a prefix of the current tile.
    return Answer(200, [kind, *_caching(owner, YEAR_SECONDS)], tile[: width * SIZE])


def answer_verifier_key(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the public keys that verify the checkpoints of this log, one per line, the current one first."""
    owner = _authorize(context, request, site)
    lines = verifier_keys(origin_of(context.settings.base_url, owner.key), context.keys)
    return Answer(200, [TEXT, *_caching(owner, 300)], "".join(f"{line}\n" for line in lines).encode())


def answer_key_changes(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the statements in which each old key names its successor, one JWS per line, oldest first."""
    owner = _authorize(context, request, site)
    with context.engine.connect() as connection:
        found = entries.of_kind(connection, owner.id, "key")
    return Answer(200, [TEXT, *_caching(owner, 0)], "".join(f"{entry.jws}\n" for entry in found).encode())


def answer_consistency(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the proof that the newest checkpoint, or newest cosigned one, extends the one with `from` leaves."""
    owner = _authorize(context, request, site)
    text, is_cosigned = request.query.get("from", ""), request.query.get("checkpoint") == "cosigned"
    with context.engine.connect() as connection:
        head = cosignatures.newest_cosigned(connection, owner.id) if is_cosigned else _head(connection, owner.id)
        if head is None or not _SIZE.fullmatch(text) or not 0 < int(text) <= head.size:
            known = f"Must be the size of an earlier checkpoint, 1 to {head.size if head else 0}."
            raise ApiError(400, "invalid_size", "This checkpoint does not exist.", {"from": known})
        path = consistency_proof(tree_store.tile_reader(connection, owner.id), int(text), head.size)
    return Answer(200, [TEXT, *_caching(owner, 0)], consistency_text(int(text), path, head.note).encode())


def answer_config_proof(context: ApiContext, request: Request, site: str, sha256: str) -> Answer:
    """Return the proof that a published config, which visitors were shown, is in the site's log."""
    owner = _authorize(context, request, site)
    with context.engine.connect() as connection:
        known = _SHA256.fullmatch(sha256) is not None
        entry = entries.config_entry(connection, owner.id, f"sha256:{sha256}") if known else None
        text = prove(connection, owner.id, entry.log_index, entry.jws.encode()) if entry else None
    if text is None:
        raise ApiError(404, "not_found", "This log does not contain that config.")
    return Answer(200, [TEXT, *_caching(owner, 0)], text.encode())


class ReadableLog(NamedTuple):
    """A log that the caller may read."""

    id: int
    key: str
    is_public: bool


def _authorize(context: ApiContext, request: Request, site: str) -> ReadableLog:
    """Return the log of a site or of the instance, if the caller may read it. Raises ApiError."""
    if site == INSTANCE.key:
        context.tokens.check(request.header("Authorization") or "", SCOPE, None)
        return ReadableLog(INSTANCE.id, INSTANCE.key, False)
    opened = _log_of_deleted(context, site) if context.configs.live.get(site) is None else None
    if opened is None:
        config = find_site(context, site)
        opened = ReadableLog(config.site_id, config.site, bool(config.overrides["public_log"]))
    if not opened.is_public:
        context.tokens.check(request.header("Authorization") or "", SCOPE, opened.id)
    return opened


def _log_of_deleted(context: ApiContext, site: str) -> ReadableLog | None:
    """Return the log of a deleted site, public if its last version was: proofs already handed out stay verifiable."""
    with context.engine.connect() as connection:
        row = sites.by_key(connection, site)
        if row is None or row.deleted_at is None:
            return None
        newest = configs.versions(connection, row.id)[:1]
        last = configs.get_document(connection, newest[0].sha256) if newest else None
    return ReadableLog(row.id, row.key, bool(last and last["overrides"]["public_log"]))


def _caching(owner: ReadableLog, seconds: int) -> list[tuple[str, str]]:
    whose = "public" if owner.is_public else "private"
    end = ", immutable" if seconds == YEAR_SECONDS else ""
    return [("Cache-Control", f"{whose}, max-age={seconds}{end}"), ("X-Content-Type-Options", "nosniff")]
