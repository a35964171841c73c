"""The tree that exports read proofs from: few queries when leaves are read newest first, and correct in any order."""

import random

from sqlalchemy import Engine, event

from consent.core.merkle import inclusion_proof, leaf_hash
from consent.core.tiles import WIDTH, TileReader, grow
from consent.storage.log import tree_store
from consent.storage.log.tree_store import AHEAD, LogTree
from consent.storage.sites.sites import SiteRow

SIZE = 40 * WIDTH + 7
NUMBERS = range(SIZE - 1, 0, -97)


def fill(engine: Engine, site: SiteRow) -> TileReader:
    tiles = grow({}, 0, [leaf_hash(b"%d" % number) for number in range(SIZE)])
    with engine.begin() as connection:
        tree_store.put_tiles(connection, site.id, tiles)
    return TileReader(tiles.__getitem__)


def test_from_new_to_old_few_queries_read_all_tiles(engine: Engine, shop: SiteRow) -> None:
    read, asked = fill(engine, shop), []
    tree = LogTree(engine, shop.id, (SIZE, None))
    event.listen(engine, "after_cursor_execute", lambda *said: asked.append(said[2]))
    paths = [tree.proof_text(number) for number in NUMBERS]
    assert paths == ['","'.join(one.hex() for one in inclusion_proof(read, number, SIZE)) for number in NUMBERS]
    # The tile above, the last one, and then several at a time.
    assert len(asked) <= 3 + -(-41 // (AHEAD + 1))


def test_the_order_of_asking_changes_no_proof(engine: Engine, shop: SiteRow) -> None:
    read = fill(engine, shop)
    numbers = list(NUMBERS)
    random.Random(1).shuffle(numbers)
    tree = LogTree(engine, shop.id, (SIZE, None))
    for number in [*numbers, *sorted(numbers), 0, SIZE - 1]:
        assert tree.proof(number) == inclusion_proof(read, number, SIZE)
        assert tree.proof_text(number) == '","'.join(one.hex() for one in tree.proof(number))
        assert tree.leaf(number) == leaf_hash(b"%d" % number)
