"""The fixed inputs of this folder: keys, times, ids, a config, its rules, and repeatable randomness."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from consent.core.rules import Rules
from consent.publishing.publish import Artifacts
from consent.signing.canonical_json import sha256_name
from consent.signing.keys import Keys, SigningKey

FOLDER = Path(__file__).parent
FIXTURES, GIVEN = FOLDER / "fixtures", FOLDER / "given"

NOW = 1795564800  # 2026-11-25T00:00:00Z
DAY_S = 86400
BASE_URL = "https://consent.example.com"
SITE, HOST = "shop", "www.example.com"
RECEIPT_SEED, LOG_SEED, NEXT_SEED, SECRET = (bytes(range(start, start + 32)) for start in (0, 32, 64, 96))
KEYS = Keys(SigningKey(RECEIPT_SEED), SigningKey(LOG_SEED), SECRET)

RECEIPT_ID, KEY = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
VISITOR_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SALT = bytes(range(128, 160))

CONFIG = (GIVEN / "config.json").read_bytes()
"""A config as frozen from draft.json; receipts name it, whatever drafts later become."""
CONFIG_NAME = sha256_name(CONFIG)
_TABLES = tuple((GIVEN / name).read_text("utf-8") for name in ("rules.csv", "aliases.csv"))
RULES = Rules(*_TABLES)
"""Seven rows of the shipped rules as they were at the time."""
ARTIFACTS = Artifacts("".join(_TABLES).encode(), b"/* the whole build */void 0;", b"/* acts */0")
"""The tables in one file, as releases store them, and a stand-in for a build: its own bytes are checked elsewhere."""


@contextmanager
def drawing(seed: str) -> Iterator[None]:
    """Make `secrets` produce the same bytes each time, for the ids and salts that the product generates itself.

    Each length has a sequence of its own, so that an extra call with one length doesn't change the others.
    """
    drawn = Counter[int]()

    def draw(count: int = 32) -> bytes:
        drawn[count] += 1
        return hashlib.shake_256(f"{seed} {count} {drawn[count]}".encode()).digest(count)

    # `secrets.token_hex` uses it.
    with patch.object(secrets, "token_bytes", draw):
        yield
