"""Everything signed, hashed or put under a MAC, each made by one function of the product."""

import json
from typing import Any

from consent.core.choice import Choice, format_choice
from consent.core.merkle import consistency_proof, inclusion_proof, leaf_hash, root_hash
from consent.core.purposes import purpose_key
from consent.core.receipt import ReceiptRecord
from consent.core.tiles import TileName, TileReader, grow, last_tiles, tile_path
from consent.log.checkpoints import consistency_text, hash_extra, origin_of, proof_text, sign_checkpoint, verifier_keys
from consent.publishing.publish import freeze
from consent.signing.canonical_json import canonical, sha256_name
from consent.signing.preview_token import Link, make_link
from consent.signing.receipt_claims import build_claims, personal_digest, sign, visitor_of
from consent.signing.write_token import Fields, make_token
from consent.storage.receipts.batch_sql import mac_of
from consent.storage.selection.keyset_cursor import create_cursor
from tests.frozen.fixed import (
    ARTIFACTS,
    BASE_URL,
    CONFIG_NAME,
    DAY_S,
    GIVEN,
    KEY,
    KEYS,
    NOW,
    RECEIPT_ID,
    RULES,
    SALT,
    SECRET,
    SITE,
    VISITOR_SECRET,
)

PERSONAL = {
    "visitor": visitor_of(SECRET, VISITOR_SECRET),
    "previous": "0" * 32,
    "browser": "Firefox",
    "page_group": None,
    "chosen_at": NOW - 5,
}
CHOICE = Choice(
    NOW // DAY_S,
    "eu_opt_in",
    {"functional": True, "analytics": None, "advertising": False},
    {"functional": "0123abcd", "analytics": "4567cdef", "advertising": "89ab0123"},
    {"chat": False, "ga": True},
    told=3,
    letters="fx",
)
SHOWN = Fields(SITE, CONFIG_NAME, "US", "CA", "geoip", "us_ca", RULES.version, "pt-BR", "a", NOW // DAY_S)
LINK = Link(SITE, NOW + 7 * DAY_S, 2)
SITE_ID, LEAVES, OLDER, INDEX = 7, 300, 200, 4
"""A log with 300 leaves, and 200 at an earlier time; the receipt is leaf 4, and the others are arbitrary."""


def receipt() -> dict[str, bytes]:
    """Return a signed receipt with all its claims, its deletable part, and the keys that verify it."""
    record = ReceiptRecord(
        action="save",
        method="click",
        functional=True,
        analytics=False,
        advertising=None,
        vendors='{"chat":false}',
        country="US",
        subdivision="CA",
        regime="us_ca",
        config=CONFIG_NAME,
        language="pt-BR",
        gpc=True,
        dnt=False,
        age_band="16_17",
        origin_checked=True,
        variant="a",
        layer=2,
        expires=NOW + 365 * DAY_S,
        id=RECEIPT_ID,
        time=NOW,
        site_id=1,
        leaf_hash=b"",
        jws="",
    )
    claims = build_claims(
        record,
        site=SITE,
        requested={"functional": True, "analytics": True, "advertising": False},
        text="sha256:" + "1a" * 32,
        rules_version=RULES.version,
        source="geoip",
        place_at_write={"country": None, "subdivision": None, "source": "unknown"},
        delayed=True,
        conflict_shown=True,
        pd=personal_digest(SALT, PERSONAL),
    )
    return {
        "receipt.json": canonical(claims),
        "receipt.jws": sign(claims, KEYS.receipt).encode(),
        "personal-part.json": canonical(PERSONAL),
        "personal-digest.txt": personal_digest(SALT, PERSONAL).encode(),
        "jwks.json": json.dumps(KEYS.jwks).encode(),
    }


def log() -> dict[str, bytes]:
    """Return a log's tiles, checkpoints, proofs and verifier key."""
    origin = origin_of(BASE_URL, SITE)
    jws = receipt()["receipt.jws"]
    leaves = [leaf_hash(jws if number == INDEX else b"leaf %d" % number) for number in range(LEAVES)]
    before = grow({}, 0, leaves[:OLDER])
    tiles = before | grow({name: before[name] for name in last_tiles(OLDER)}, OLDER, leaves[OLDER:])
    notes = [
        sign_checkpoint(origin, size, root_hash(TileReader(some.__getitem__), size), KEYS.log)
        for some, size in ((before, OLDER), (tiles, LEAVES))
    ]
    read = TileReader(tiles.__getitem__)
    path = inclusion_proof(read, INDEX, LEAVES)
    hashes = {
        f"inclusion-of-{state}.tlog-proof": proof_text(INDEX, path, notes[1], hash_extra(state, leaves[INDEX])).encode()
        for state in ("erased", "detached")
    }
    found = {f"tile/{_path(name, data)}": data for name, data in tiles.items()}
    return found | {
        "leaf-hash.txt": leaves[INDEX].hex().encode(),
        "checkpoint.txt": notes[1].encode(),
        "checkpoint-older.txt": notes[0].encode(),
        "vkey.txt": "".join(f"{line}\n" for line in verifier_keys(origin, KEYS)).encode(),
        "inclusion.tlog-proof": proof_text(INDEX, path, notes[1], jws).encode(),
        **hashes,
        "consistency.txt": consistency_text(OLDER, consistency_proof(read, OLDER, LEAVES), notes[1]).encode(),
    }


def _path(name: TileName, data: bytes) -> str:
    return tile_path(name, len(data) // 32)


def texts() -> dict[str, bytes]:
    """Return what browsers and programs store: cookies, tokens, links, cursors, and names made by a MAC or a hash."""
    found = {
        "consent-cookie.txt": format_choice(CHOICE),
        "visitor-id.txt": visitor_of(SECRET, VISITOR_SECRET),
        "write-token.txt": make_token(SECRET, SHOWN),
        "preview-link.txt": make_link(SECRET, LINK),
        "cursor.txt": create_cursor(SITE_ID, NOW, RECEIPT_ID),
        "body-mac.txt": mac_of(SALT[:16], b'{"key":"%b"}' % KEY.encode()).hex(),
        "purpose-key.txt": purpose_key(["visitor_statistics", "analytics_storage"], ["ga", "matomo"]),
    }
    return {name: text.encode() for name, text in found.items()}


def config() -> dict[str, bytes]:
    """Return the config that a draft becomes, and its name."""
    draft: dict[str, Any] = json.loads((GIVEN / "draft.json").read_bytes())
    body = canonical(freeze(draft, None, 1, ARTIFACTS))
    return {"config.json": body, "config-name.txt": sha256_name(body).encode()}
