"""Proofs made in bulk compared with proofs made one at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.merkle import inclusion_proof, leaf_hash
from consent.core.proofs import MAX_CACHED_TILES, Proofs
from consent.core.tiles import TileReader, grow, last_tiles

LEAVES = [leaf_hash(str(number).encode()) for number in range(70_000)]


def build(size):
    """Return the tiles of a tree with `size` leaves."""
    return grow({}, 0, LEAVES[:size])


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 70_000])
def test_they_are_the_same_for_every_kind_of_tree(size):
    tiles = build(size)
    proofs, read = Proofs(tiles.__getitem__, size), TileReader(tiles.__getitem__)
    for index in {0, size // 3, size // 2, max(size - 2, 0), size - 1, *range(0, size, 997)}:
        assert proofs.path(index) == inclusion_proof(read, index, size)
        assert proofs.text(index) == '","'.join(node.hex() for node in proofs.path(index))


@given(st.integers(1, 1200), st.integers(0, 900), st.data())
def test_a_tree_that_grew_meanwhile_gives_the_proofs_of_its_old_size(size, more, data):
    tiles = build(size)
    later = tiles | grow({name: tiles[name] for name in last_tiles(size)}, size, LEAVES[size : size + more])
    index = data.draw(st.integers(0, size - 1))
    assert Proofs(later.__getitem__, size).path(index) == inclusion_proof(TileReader(tiles.__getitem__), index, size)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_there_is_no_proof_for_a_missing_leaf(index):
    with pytest.raises(ValueError, match="there is no leaf"):
        Proofs(build(5).__getitem__, 5).path(index)


def test_few_tiles_are_kept_however_many_are_read():
    tiles = build(70_000)
    proofs = Proofs(tiles.__getitem__, 70_000)
    for index in range(0, 70_000, 256):
        proofs.path(index)
    assert len(proofs._kept) == MAX_CACHED_TILES
