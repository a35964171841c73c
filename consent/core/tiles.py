"""Merkle tree stored as tiles of 256 hashes (C2SP tlog-tiles): tile paths, growth, reading.

A tile of level L contains hashes of subtrees over 256^L leaves. The last one of each level is partial: it keeps its
name and only grows at its end, so an older, shorter version is its prefix.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from consent.core.merkle import SIZE, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
MAX_CACHED_TILES = 64
_PATH = re.compile(r"(0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")


class TileName(NamedTuple):
    """A tile: its level, and its number from the left."""

    level: int
    number: int


def tile_path(name: TileName, width: int = WIDTH) -> str:
    """Return the path of a tile under `tile/`, such as `0/x001/234` or `0/x001/234.p/7`."""
    digits = f"{name.number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    path = "/".join([str(name.level), *(f"x{part}" for part in parts[:-1]), parts[-1]])
    return path if width == WIDTH else f"{path}.p/{width}"


def read_tile_path(path: str) -> tuple[TileName, int] | None:
    """Return the tile and the width that a path under `tile/` names, or None for any other spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    name = TileName(int(match[1]), int(match[2].replace("x", "").replace("/", "")))
    width = int(match[3] or WIDTH)
    # Each tile has one path: no leading x000/, and no partial tile of full width.
    return (name, width) if path == tile_path(name, width) and name.level < SIZE * 2 else None


def width_of(name: TileName, size: int) -> int:
    """Return how many hashes the tile has in a tree of `size` leaves."""
    return min(max((size >> HEIGHT * name.level) - name.number * WIDTH, 0), WIDTH)


def last_tiles(size: int) -> list[TileName]:
    """Return the partial tiles of a tree of `size` leaves, which must be read to extend it."""
    names, level = [], 0
    while size:
        if size % WIDTH:
            names.append(TileName(level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return names


def grow(last: dict[TileName, bytes], size: int, leaves: Sequence[bytes]) -> dict[TileName, bytes]:
    """Return the tiles that change when `leaves` (hashes) are added to a tree of `size`; `last` are its partial tiles."""
    changed: dict[TileName, bytes] = {}
    level, added = 0, list(leaves)
    while added:
        number, filled = divmod(size, WIDTH)
        start = last[TileName(level, number)][: filled * SIZE] if filled else b""
        whole = start + b"".join(added)
        above = []
        for place in range(0, len(whole), WIDTH * SIZE):
            tile = whole[place : place + WIDTH * SIZE]
            changed[TileName(level, number)] = tile
            number += 1
            if len(tile) == WIDTH * SIZE:
                above.append(_layers(tile)[HEIGHT][0])
        size, level, added = size // WIDTH, level + 1, above
    return changed


class TileReader:
    """Reads hashes of complete subtrees from tiles, as core/merkle.py needs them; caches a few tiles."""

    def __init__(self, load: Callable[[TileName], bytes]) -> None:
        self._load = load
        self._cached: OrderedDict[TileName, list[list[bytes]]] = OrderedDict()

    def __call__(self, level: int, index: int) -> bytes:
        """Return the hash of the complete subtree `index` of 2^level leaves."""
        tile_level, inner = divmod(level, HEIGHT)
        number, place = divmod(index, WIDTH >> inner)
        return self._tile(TileName(tile_level, number))[inner][place]

    def _tile(self, name: TileName) -> list[list[bytes]]:
        if name in self._cached:
            self._cached.move_to_end(name)
            return self._cached[name]
        layers = self._cached[name] = _layers(self._load(name))
        if len(self._cached) > MAX_CACHED_TILES:
            self._cached.popitem(last=False)
        return layers


def _layers(tile: bytes) -> list[list[bytes]]:
    """Return the hashes of a tile and those of each complete subtree above them, level by level."""
    layers = [[tile[place : place + SIZE] for place in range(0, len(tile), SIZE)]]
    while len(layers) <= HEIGHT:
        below = layers[-1]
        layers.append([node_hash(*pair) for pair in _pairs(below)])
    return layers


def _pairs(hashes: list[bytes]) -> Iterable[tuple[bytes, bytes]]:
    return zip(hashes[0::2], hashes[1::2], strict=False)
