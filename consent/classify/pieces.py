"""Pieces of a text: all that there are, or those alone that somebody knows."""

from array import array
from collections.abc import Callable, Mapping
from operator import add


def all_pieces(sizes: range, kind: str = "") -> Callable[[str], list[str]]:
    """Return what gives all pieces of a text of each size, some of them twice, with `kind` before each.

    The shortest stand first, those of one size in the order in which they stand in the text.
    Each size is the one before with a sign more, which is three times as fast as cutting it.
    """

    def pieces(text: str) -> list[str]:
        grown, found = [kind + sign for sign in text], []
        for size in range(1, sizes.stop):
            if size in sizes:
                found += grown
            grown = [*map(add, grown, text[size:])]
        return found

    return pieces


def known_pieces(known: Mapping[str, int], sizes: range, kind: str = "") -> Callable[[str], list[int]]:
    """Return what gives the numbers of those pieces that are `known`, in the same order, without making the others.

    A text is read once, byte by byte. Where one stands in it is the longest beginning of a known piece that was just
    read. A table tells for each of them, and each byte, where one stands next (the machine of Aho and Corasick), and
    which end there.
    """
    of_size = {piece: len(piece) - len(kind) for piece in known if piece.startswith(kind)}
    whole = {_bytes(piece[len(kind) :]): known[piece] for piece, size in of_size.items() if size in sizes}
    beginnings = [b"", *sorted({piece[:size] for piece in whole for size in range(1, len(piece) + 1)}, key=len)]
    numbers = {beginning: number for number, beginning in enumerate(beginnings)}
    places = {sign: place for place, sign in enumerate(sorted({*b"".join(whole)}), start=1)}
    longer: list[list[tuple[int, int]]] = [[] for _ in beginnings]
    for beginning in beginnings[1:]:
        longer[numbers[beginning[:-1]]].append((places[beginning[-1]], numbers[beginning]))
    width, number_type = len(places) + 1, "H" if len(beginnings) < 1 << 16 else "I"  # what is small stays near at hand
    table, ends = array(number_type), list[tuple[int, ...]]()
    for beginning, steps in zip(beginnings, longer, strict=True):
        rests = (beginning[start:] for start in range(1, len(beginning) + 1))
        rest = next((numbers[rest] for rest in rests if rest in numbers), 0)
        row = table[rest * width : (rest + 1) * width] or array(number_type, [0] * width)
        for place, number in steps:
            row[place] = number
        table += row
        own = (whole[beginning],) if beginning in whole else ()
        ends.append(own + ends[rest] if beginning else ())
    place_of = bytes(places.get(sign, 0) for sign in range(256))
    size_of = [0] * (1 + max(known.values(), default=0))
    for piece, size in of_size.items():
        size_of[known[piece]] = size

    def pieces(text: str) -> list[int]:
        at, found = 0, list[int]()
        for place in _bytes(text).translate(place_of):
            at = table[at * width + place]
            found += ends[at]
        return sorted(found, key=size_of.__getitem__)

    return pieces


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
