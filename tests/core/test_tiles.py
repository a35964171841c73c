"""Tiles: the paths of C2SP tlog-tiles, and a tree in tiles compared with the naive one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.merkle import (
    SIZE,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from consent.core.tiles import TileName, TileReader, grow, last_tiles, read_tile_path, tile_path, width_of


def build(sizes):
    """Return the tiles of a tree that grew to each of `sizes` in turn."""
    tiles, size = {}, 0
    for target in sizes:
        last = {name: tiles[name] for name in last_tiles(size)}
        tiles |= grow(last, size, [leaf(number) for number in range(size, target)])
        size = target
    return tiles


def leaf(number):
    return leaf_hash(str(number).encode())


def naive_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(naive_root(hashes[:half]), naive_root(hashes[half:]))


@pytest.mark.parametrize(
    ("name", "width", "path"),
    [
        (TileName(0, 0), 256, "0/000"),
        (TileName(0, 999), 256, "0/999"),
        (TileName(0, 1000), 256, "0/x001/000"),
        (TileName(1, 1234067), 256, "1/x001/x234/067"),
        (TileName(2, 0), 1, "2/000.p/1"),
        (TileName(63, 7), 255, "63/007.p/255"),
    ],
)
def test_paths_are_those_of_the_standard(name, width, path):
    assert tile_path(name, width) == path
    assert read_tile_path(path) == (name, width)


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "64/000", "0/x000/001", "0/001/000", "0/x001", "-1/000"),
        *("0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p", "0/000/", "entries/000", "0/٠٠٠", "0/000\n"),
    ],
)
def test_rejects_another_spelling_of_a_tile_path(path):
    assert read_tile_path(path) is None


def test_a_tree_has_the_tiles_that_the_standard_counts():
    size = 70_000
    widths = {level: [width_of(TileName(level, number), size) for number in range(275)] for level in range(4)}
    assert (widths[0].count(256), widths[0][273], widths[0][274]) == (273, 112, 0)
    assert widths[1][:3] == [256, 17, 0]
    assert widths[2][:2] == [1, 0]
    assert widths[3][0] == 0
    assert last_tiles(size) == [TileName(0, 273), TileName(1, 1), TileName(2, 0)]
    assert last_tiles(256) == [TileName(1, 0)]


@pytest.mark.parametrize("sizes", [[1], [255, 256, 257], [700], [1, 2, 3, 500, 513], [66_000]])
def test_a_tree_in_tiles_is_the_naive_tree(sizes):
    tiles, size = build(sizes), sizes[-1]
    assert {name: len(tile) // SIZE for name, tile in tiles.items()} == {name: width_of(name, size) for name in tiles}
    assert root_hash(TileReader(tiles.__getitem__), size) == naive_root([leaf(number) for number in range(size)])


STEPS = st.lists(st.integers(1, 400), min_size=1, max_size=5)


@given(STEPS, st.data())
def test_however_a_tree_grew_its_proofs_hold_at_each_size(steps, data):
    sizes = [sum(steps[: number + 1]) for number in range(len(steps))]
    tiles, size = build(sizes), sizes[-1]
    assert tiles == build([size])
    read = TileReader(tiles.__getitem__)
    now = data.draw(st.integers(1, size))
    then, index = data.draw(st.integers(0, now)), data.draw(st.integers(0, now - 1))
    root = root_hash(read, now)
    assert verify_inclusion(leaf(index), index, now, inclusion_proof(read, index, now), root)
    assert verify_consistency(then, root_hash(read, then), now, root, consistency_proof(read, then, now))
