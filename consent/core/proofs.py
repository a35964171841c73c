"""Compute inclusion proofs for many leaves of one tree, sharing work between neighbors."""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from consent.core.merkle import SIZE, node_hash
from consent.core.tiles import HEIGHT, WIDTH, TileName

MAX_CACHED_TILES = 64
"""Maximum number of tiles whose hashes are cached, some 40 kB each: neighboring rows of an export share few tiles."""
BLOCK_LEVELS = 4
"""Number of levels whose paths are built together: those of 16 leaves."""

Layers = list[list[bytes]]
Node = TypeVar("Node", bytes, str)


class Proofs:
    """Inclusion proofs for a tree of `size` leaves, read tile by tile through `load`.

    The constructor reads and hashes everything above the lowest tiles, a 256th of the tree.
    """

    def __init__(self, load: Callable[[TileName], bytes], size: int) -> None:
        self._load, self._size = load, size
        self._kept: OrderedDict[int, Layers] = OrderedDict()
        # Callers that only need leaves don't need the hashes above them.
        self._tile = lru_cache(MAX_CACHED_TILES)(lambda number: load(TileName(0, number)))
        self._upper = _build_layers(self._tile_roots()) if size else []
        self._text_tile, self._text_layers = -1, list[list[str]]()
        self._upper_texts: dict[tuple[int, int], str] = {}
        self._block, self._texts = -1, list[str]()

    def path(self, index: int) -> list[bytes]:
        """Return the path from the leaf `index` to the root, from the bottom up: RFC 6962, 2.1.1."""
        if not 0 <= index < self._size:
            raise ValueError(f"there is no leaf {index} in a tree of {self._size}")
        number, place = divmod(index, WIDTH)
        return [*_siblings(self._tile_layers(number)[:HEIGHT], place), *_siblings(self._upper, number)]

    def leaf(self, index: int) -> bytes:
        """Return the hash of the leaf `index`. Raises ValueError if the tree doesn't have it."""
        if not 0 <= index < self._size:
            raise ValueError(f"there is no leaf {index} in a tree of {self._size}")
        number, place = divmod(index, WIDTH)
        return self._tile(number)[place * SIZE : (place + 1) * SIZE]

    def text(self, index: int) -> str:
        """Return the same path in hex, with `","` between the hashes."""
        number, place = divmod(index, WIDTH)
        if number != self._text_tile:
            layers = [[node.hex() for node in layer] for layer in self._tile_layers(number)[:HEIGHT]]
            top = '","'.join(node.hex() for node in _siblings(self._upper, number))
            self._text_tile, self._text_layers, self._upper_texts = number, layers, {(len(layers), 0): top}
            self._block = -1
        block, inner = divmod(place, 1 << BLOCK_LEVELS)
        if block != self._block:
            self._block, self._texts = block, self._block_texts(block)
        return self._texts[inner]

    def _block_texts(self, block: int) -> list[str]:
        """Return the paths from the leaves of a block of the tile read last."""
        top = min(BLOCK_LEVELS, len(self._text_layers))
        texts = [self._text(top, block)]
        for level in reversed(range(top)):
            layer, first = self._text_layers[level], block << top - level
            places = range(first, min(first + (1 << top - level), len(layer)))
            texts = [_prepend_sibling(layer, place, texts[place - first >> 1]) for place in places]
        return texts

    def _text(self, level: int, place: int) -> str:
        """Return the path from a node of the tile read last; the part above it is cached for its neighbors."""
        text = self._upper_texts.get((level, place))
        if text is None:
            text = _prepend_sibling(self._text_layers[level], place, self._text(level + 1, place >> 1))
            self._upper_texts[level, place] = text
        return text

    def _tile_layers(self, number: int) -> Layers:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        tile = self._load(TileName(0, number))[: min(self._size - number * WIDTH, WIDTH) * SIZE]
        layers = self._kept[number] = _build_layers(_split(tile))
        if len(self._kept) > MAX_CACHED_TILES:
            self._kept.popitem(last=False)
        return layers

    def _tile_roots(self) -> list[bytes]:
        """Return the hash over each tile of leaves: from level 1 for complete tiles, computed for a partial one."""
        complete, remainder = divmod(self._size, WIDTH)
        roots: list[bytes] = []
        for number in range(-(-complete // WIDTH)):
            roots += _split(self._load(TileName(1, number)))
        del roots[complete:]
        if remainder:
            roots.append(self._tile_layers(complete)[-1][0])
        return roots


def _build_layers(nodes: list[bytes]) -> Layers:
    """Return the layers above `nodes` up to their root; a node without a sibling moves up unchanged (RFC 6962, 2.1)."""
    layers = [nodes]
    while len(nodes) > 1:
        pairs = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=False)]
        nodes = [*pairs, nodes[-1]] if len(nodes) % 2 else pairs
        layers.append(nodes)
    return layers


def _siblings(layers: list[list[Node]], place: int) -> list[Node]:
    path = []
    for layer in layers:
        if place ^ 1 < len(layer):
            path.append(layer[place ^ 1])
        place >>= 1
    return path


def _prepend_sibling(layer: list[str], place: int, remainder: str) -> str:
    """Return the path from a node: its sibling, if it has one, and `remainder`, the path above both."""
    if place ^ 1 >= len(layer):
        return remainder
    return f'{layer[place ^ 1]}","{remainder}' if remainder else layer[place ^ 1]


def _split(tile: bytes) -> list[bytes]:
    return [tile[start : start + SIZE] for start in range(0, len(tile), SIZE)]
