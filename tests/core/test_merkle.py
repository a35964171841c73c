"""The tree compared with the known values of RFC 6962 and a naive tree, and attacked with changed proofs."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core import merkle
from consent.core.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves in the tests of Certificate Transparency implementations (RFC 6962), and their roots by size.
LEAVES = [bytes.fromhex(leaf) for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = st.integers(1, 70)


def naive_root(leaves):
    """Return the root as RFC 6962 section 2.1 defines it, from the leaf data."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(naive_root(leaves[:half]), naive_root(leaves[half:]))


def reader(leaves):
    """Return a reader of the complete subtrees of `leaves`."""
    return lambda level, index: naive_root(leaves[index << level : (index + 1) << level])


def some_leaves(size):
    return [f"leaf {number}".encode() for number in range(size)]


def test_the_roots_are_those_of_rfc_6962():
    assert root_hash(reader([]), 0) == EMPTY_ROOT
    for size, root in enumerate(ROOTS, 1):
        assert root_hash(reader(LEAVES), size).hex() == root


def test_a_known_path_is_generated_and_verified():
    path = inclusion_proof(reader(LEAVES), 5, 8)
    assert [node.hex() for node in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert verify_inclusion(leaf_hash(LEAVES[5]), 5, 8, path, bytes.fromhex(ROOTS[7]))


def test_the_example_of_rfc_6962_is_made():
    read = reader(LEAVES)
    a, b, c, d, e, f, j = (leaf_hash(leaf) for leaf in LEAVES[:7])
    i, k = node_hash(e, f), naive_root(LEAVES[:4])
    assert inclusion_proof(read, 0, 7) == [b, node_hash(c, d), node_hash(i, j)]
    assert inclusion_proof(read, 6, 7) == [i, k]
    assert consistency_proof(read, 3, 7) == [c, d, node_hash(a, b), node_hash(i, j)]
    assert consistency_proof(read, 4, 7) == [node_hash(i, j)]
    assert consistency_proof(read, 6, 7) == [i, j, k]


@given(SIZES, st.data())
def test_each_leaf_is_proved_and_nothing_else(size, data):
    index = data.draw(st.integers(0, size - 1))
    leaves = some_leaves(size)
    root, path = naive_root(leaves), inclusion_proof(reader(leaves), index, size)
    assert verify_inclusion(leaf_hash(leaves[index]), index, size, path, root)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(leaf_hash(leaves[other]), other, size, path, root) == (other == index)
    assert not verify_inclusion(leaf_hash(b"forged"), index, size, path, root)
    assert not verify_inclusion(leaf_hash(leaves[index]), index, size, [*path, root], root)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:place], bytes([path[place][0] ^ 1]) + path[place][1:], *path[place + 1 :]]
        for wrong in (changed, path[:-1], path[1:], path[::-1] if path[::-1] != path else []):
            assert not verify_inclusion(leaf_hash(leaves[index]), index, size, wrong, root)


@given(SIZES, st.data())
def test_distinguishes_a_tree_that_grew_from_one_that_was_rewritten(size, data):
    old = data.draw(st.integers(0, size))
    leaves = some_leaves(size)
    old_root, root, path = naive_root(leaves[:old]), naive_root(leaves), consistency_proof(reader(leaves), old, size)
    assert verify_consistency(old, old_root, size, root, path)
    if old:
        rewritten = [*leaves[: old - 1], b"forged", *leaves[old:]]
        again = consistency_proof(reader(rewritten), old, size)
        assert not verify_consistency(old, old_root, size, naive_root(rewritten), again)
        removed = leaves[: old - 1] + leaves[old:]
        if len(removed) >= old:
            again = consistency_proof(reader(removed), old, len(removed))
            assert not verify_consistency(old, old_root, len(removed), naive_root(removed), again)
    assert not verify_consistency(old, old_root, size, root, [*path, root])
    for place in range(len(path)):
        assert not verify_consistency(old, old_root, size, root, path[:place] + path[place + 1 :])


ANY = st.one_of(st.none(), st.integers(), st.booleans(), st.text(), st.binary(), st.lists(st.binary(max_size=33)))


@given(ANY, ANY, ANY, ANY, ANY)
def test_malformed_input_never_raises(a, b, c, d, e):
    assert verify_inclusion(a, b, c, d, e) is False
    assert verify_consistency(a, b, c, d, e) is False


@pytest.mark.parametrize(("old", "new"), [(5, 4), (-1, 4)])
def test_cannot_create_a_proof_of_a_missing_leaf(old, new):
    with pytest.raises(ValueError, match="does not begin"):
        consistency_proof(reader(LEAVES), old, new)
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_proof(reader(LEAVES), 8, 8)


def test_an_inclusion_path_verifies_only_at_tree_sizes_of_the_same_shape():
    leaves = some_leaves(12)
    path, root = inclusion_proof(reader(leaves), 3, 12), naive_root(leaves)
    held = [size for size in range(4, 40) if verify_inclusion(leaf_hash(leaves[3]), 3, size, path, root)]
    # The path of leaf 3 has the same shape at all these sizes; only the checkpoint ties a size to a root.
    assert held == list(range(9, 17))


def test_the_module_loads_alone():
    program = f"import runpy; runpy.run_path({str(Path(merkle.__file__))!r})"
    subprocess.run([sys.executable, "-I", "-c", program], check=True, cwd="/")
