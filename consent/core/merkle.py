"""Merkle tree of RFC 6962: hashes, inclusion and consistency proofs; standard library only.

Imports no other module of this package. Hashes are 32 bytes. A tree of `size` leaves is read through `read(level,
index)`, which returns the hash of the complete subtree over the 2^level leaves starting at index * 2^level, so the tree
need not be in memory.
"""

import hashlib
from collections.abc import Callable, Sequence

SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Read = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes: RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether the leaf is number `index` of the tree of `size` leaves with that `root`: RFC 9162, 2.1.3.2."""
    if not (_are_numbers(index, size) and 0 <= index < size and _are_hashes(leaf_hash, root, *_as_tuple(proof))):
        return False
    place, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the new tree begins with all leaves of the old one: RFC 9162, 2.1.4.2.

    Every tree begins with the empty one, so an `old_size` of 0 needs no proof, only the empty root.
    """
    if not (_are_numbers(old_size, new_size) and _are_hashes(old_root, new_root, *_as_tuple(proof))):
        return False
    if not 0 <= old_size <= new_size:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    if old_size == new_size:
        return not proof and old_root == new_root
    return _is_extension(old_size, old_root, new_size, new_root, list(proof))


def _is_extension(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: list[bytes]) -> bool:
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def root_hash(read: Read, size: int) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return _range_hash(read, 0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Read, index: int, size: int) -> list[bytes]:
    """Return the path from the leaf `index` to the root of `size` leaves, from the bottom up: RFC 6962, 2.1.1."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_hash(read, middle, high))
            high = middle
        else:
            path.append(_range_hash(read, low, middle))
            low = middle
    return path[::-1]


def consistency_proof(read: Read, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the tree of `new_size` leaves begins with the one of `old_size`: RFC 6962, 2.1.2."""
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of {new_size} does not begin with {old_size} leaves")
    if old_size in (0, new_size):
        return []
    path, low, high = [], 0, new_size
    while high != old_size:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append(_range_hash(read, middle, high))
            high = middle
        else:
            path.append(_range_hash(read, low, middle))
            low = middle
    # If the old tree is one complete subtree, the verifier already has its root.
    return [*([_range_hash(read, low, high)] if low else []), *path[::-1]]


def _range_hash(read: Read, low: int, high: int) -> bytes:
    """Return the hash over the leaves `low` to `high` - 1; `low` is aligned to each subtree that is read."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range_hash(read, low, middle), _range_hash(read, middle, high))


def _split(count: int) -> int:
    """Return the largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def _as_tuple(proof: object) -> tuple[object, ...]:
    # Anything but a list becomes a single value that isn't a hash.
    return tuple(proof) if isinstance(proof, list | tuple) else (None,)


def _are_hashes(*values: object) -> bool:
    return all(isinstance(value, bytes) and len(value) == SIZE for value in values)


def _are_numbers(*values: object) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)
