"""One atomic sequencing round: assign indexes to waiting leaves, extend the tiles, sign a checkpoint."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from sqlalchemy import Connection

from consent.core.merkle import leaf_hash, root_hash
from consent.core.tiles import TileName, TileReader, grow, last_tiles
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.checkpoints import origin_of, sign_checkpoint
from consent.log.sequencer_lock import acquire
from consent.signing.keys import Keys
from consent.signing.receipt_claims import CONFIG_TYPE, Signer, build_config_entry
from consent.storage.log import entries, tree_store
from consent.storage.log.entries import NewEntry
from consent.storage.log.tree_store import Head, UnloggedConfig, Waiting
from consent.storage.operations import nodes

CONFIGS = 20
"""Maximum number of configs per round, since each is read whole."""


class TreeMismatchError(Exception):
    """The tree in the database doesn't continue what was signed, so nothing more is signed."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """The dependencies of a round, besides the database."""

    keys: Keys
    base_url: str
    files: CheckpointFiles
    announce: Callable[[str, Head], object] = lambda site, head: None
    """Called with each checkpoint once it is saved; must not block."""

    def run(self, connection: Connection, site: Waiting, now: int, batch: int) -> int:
        """Put waiting leaves into the log of `site`, at most `batch` each of receipts and entries, and return how many.

        Returns 0 if another node has the lock. The signed checkpoint is committed together with the indexes it covers,
        and added to the file after that: a crash in between leaves the file behind the database, never ahead of it.

        Raises TreeMismatchError, TreeConflictError.
        """
        # Read the file before the database: otherwise additions by others could make the database look outdated.
        last_saved = self.files.last(site.key)
        with connection.begin():
            if not acquire(connection):
                return 0
            before = tree_store.head(connection, site.site_id)
            check_extension(tree_store.tile_reader(connection, site.site_id), before, last_saved)
            batch_entries = entries.next_entries(connection, site.site_id, batch)
            published = tree_store.next_configs(connection, site.site_id, CONFIGS)
            receipts = tree_store.next_receipts(connection, site.site_id, batch)
            if not batch_entries and not published and not receipts:
                return 0
            # A checkpoint from the future would keep every node from signing until then.
            now = min(now, int(nodes.clock_of(connection))) if nodes.has_own_clock(connection) else now
            first = before.size if before else 0
            # A config comes before the receipts that refer to it, a key change before anything that the new key signs.
            places = count(first + len(batch_entries))
            configs = [self._config_leaf(site, config, index) for config, index in zip(published, places, strict=False)]
            leaves = [leaf.leaf_hash for numbered in (batch_entries, configs, receipts) for leaf in numbered]
            last = tree_store.tiles(connection, site.site_id, last_tiles(first))
            changed = grow(last, first, leaves)
            after = self._head(site.key, first + len(leaves), {**last, **changed}, now)
            tree_store.put_head(connection, site.site_id, before, after)
            entries.number_entries(connection, batch_entries, first)
            entries.put_configs(connection, configs)
            tree_store.number_receipts(connection, site.site_id, receipts, first + len(batch_entries) + len(configs))
            tree_store.put_tiles(connection, site.site_id, changed)
        self.files.add(site.key, after)
        self.announce(site.key, after)
        return len(leaves)

    def _config_leaf(self, site: Waiting, config: UnloggedConfig, index: int) -> NewEntry:
        document = json.loads(config.body)
        claims = build_config_entry(
            site=site.key,
            config=config.sha256,
            version=config.version,
            time=config.published_at,
            by=config.published_by,
            rules_sha256=document["rules_sha256"],
            banner_sha256=document["banner_sha256"],
        )
        jws = Signer(self.keys.receipt, CONFIG_TYPE).sign(claims)
        leaf = leaf_hash(jws.encode())
        actor = config.published_by[:32]
        return NewEntry(site.site_id, config.published_at, "config", config.sha256, leaf, jws, actor, index)

    def _head(self, site: str, size: int, edge: dict[TileName, bytes], now: int) -> Head:
        # The root only depends on the last tile of each level.
        root = root_hash(TileReader(edge.__getitem__), size)
        return Head(size, root, sign_checkpoint(origin_of(self.base_url, site), size, root, self.keys.log), now)


def check_extension(read: TileReader, head: Head | None, saved: tuple[int, bytes] | None) -> None:
    """Check that the stored tree matches its own checkpoint, and extends the one saved outside the database.

    Raises TreeMismatchError.
    """
    if head is not None and _root(read, head.size) != head.root:
        raise TreeMismatchError(f"the tiles do not match the root hash of the checkpoint with {head.size} leaves")
    if saved is None:
        return
    size, root = saved
    if head is None or head.size < size:
        raise TreeMismatchError(f"{size} leaves were signed, but the database has {head.size if head else 0}")
    if _root(read, size) != root:
        raise TreeMismatchError(f"the first {size} leaves differ from those that were signed")


def _root(read: TileReader, size: int) -> bytes:
    try:
        return root_hash(read, size)
    except (KeyError, IndexError):
        raise TreeMismatchError("tiles are missing") from None
