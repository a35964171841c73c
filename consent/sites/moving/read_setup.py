"""Read the setup of another consent tool, or a Google Tag Manager container, from an untrusted file.

Nothing in it is run: code is parsed as literals, pages as HTML.
"""

import re
from collections.abc import Iterable

from consent.core.translatable import translatable
from consent.sites.moving.banner_setups import read_object
from consent.sites.moving.container_export import read_container
from consent.sites.moving.page_pieces import MarkedPiece, ReadPage, read_page
from consent.sites.moving.script_literals import objects_in
from consent.sites.moving.setup import MAX_BYTES, MAX_SERVICES, ImportFileError, Piece, Service, Setup
from consent.sites.moving.tarteaucitron import read_tarteaucitron

IS_PAGE = re.compile(r"\s*(?:<|\ufeff<)", re.DOTALL)
COOKIEBOT = re.compile(r"consent\.cookiebot\.(?:com|eu)|data-cbid|\bCookiebotDialog\b")
MAX_COOKIES = 2000
MAX_PIECES = 300
MAX_CODE = 400_000
"""Maximum number of characters of code in all pieces, which are searched for each product of the catalog."""
MAX_LEFT = 200


def decoded(data: bytes) -> str:
    """Return the text of a file. Raises ImportFileError if it is too large or isn't text."""
    if len(data) > MAX_BYTES:
        raise ImportFileError(
            translatable(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Upload only the setup.")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFileError(translatable("The file is not text in UTF-8.")) from None
    if "\0" in text:
        raise ImportFileError(translatable("The file is not text."))
    return text


def read_setup(data: bytes) -> Setup:
    """Return the setup in `data`: a script, a page or an export. Raises ImportFileError with a sentence."""
    text = decoded(data)
    if text.lstrip()[:1] == "{" and (container := read_container(text)):
        return _checked_size(container)
    page = read_page(text) if IS_PAGE.match(text) else ReadPage(text, [], [])
    setup = _setup_in_page(page)
    if setup is None:
        raise ImportFileError(
            translatable(
                "The file has no setup of klaro, orejime, vanilla-cookieconsent, tarteaucitron or "
                "Cookiebot, and is not an export of Google Tag Manager."
            )
        )
    return _checked_size(setup)


def _setup_in_page(page: ReadPage) -> Setup | None:
    marked = _by_tool(page.marked)
    if setup := read_tarteaucitron(page.code):
        return _with_pieces(setup, marked.get("tarteaucitron", []))
    for found in objects_in(page.code):
        if setup := read_object(found, page.code):
            return _with_pieces(setup, marked.get(setup.tool, []) or marked.get("klaro", []))
    if (
        COOKIEBOT.search(page.code)
        or any(COOKIEBOT.search(source) for source in page.sources)
        or marked.get("cookiebot")
    ):
        return _with_pieces(Setup("cookiebot", [], left=(COOKIEBOT_LEFT,)), marked.get("cookiebot", []))
    for tool, pieces in marked.items():
        if tool != "tarteaucitron":
            return _with_pieces(Setup(tool, []), pieces)
    return None


COOKIEBOT_LEFT = translatable(
    "The texts and scan results of Cookiebot are in your Cookiebot account. Run a scan here to find the rest."
)


def _by_tool(marked: Iterable[MarkedPiece]) -> dict[str, list[MarkedPiece]]:
    found: dict[str, list[MarkedPiece]] = {}
    for one in marked:
        found.setdefault(one.tool, []).append(one)
    return found


def _with_pieces(setup: Setup, marked: list[MarkedPiece]) -> Setup:
    """Return `setup` with the marked elements of its pages, under the service of that name or as services of their own.

    For Cookiebot, and where only a category is named, each address is a service, since a category isn't a product.
    """
    pieces: dict[str, list[Piece]] = {}
    words: dict[str, tuple[str, ...]] = {}
    known = {service.name.rpartition(":")[2] for service in setup.services}
    for one in marked:
        is_product = one.name in known and one.name not in one.words
        name = (
            one.name if is_product or setup.tool not in ("cookiebot", "vanilla-cookieconsent") else _service_name(one)
        )
        pieces.setdefault(name, []).append(one.piece)
        words.setdefault(name, one.words)
    services = [
        service._replace(pieces=(*service.pieces, *pieces.pop(service.name.rpartition(":")[2], ())))
        for service in setup.services
    ]
    services += [Service(name, words=words[name], pieces=tuple(some)) for name, some in pieces.items()]
    return setup._replace(services=services)


def _service_name(one: MarkedPiece) -> str:
    return one.piece.src[:80] or f"{one.name}: {' '.join(one.piece.code.split())[:40]}"


def _checked_size(setup: Setup) -> Setup:
    """Return `setup` with its messages limited. Raises ImportFileError if it is too much to review."""
    services = setup.services
    if len(services) > MAX_SERVICES:
        raise ImportFileError(
            translatable(f"The file names more than {MAX_SERVICES} services, which is more than a site can have.")
        )
    if sum(len(service.cookies) for service in services) > MAX_COOKIES:
        raise ImportFileError(translatable(f"The file has more than {MAX_COOKIES:,} cookies. Upload only the setup."))
    pieces = [piece for service in services for piece in service.pieces]
    if len(pieces) > MAX_PIECES:
        raise ImportFileError(
            translatable(
                f"The file has more than {MAX_PIECES} elements that wait for a consent tool. Upload only the setup."
            )
        )
    if sum(len(piece.code) for piece in pieces) > MAX_CODE:
        raise ImportFileError(
            translatable(
                f"The file has more than {MAX_CODE:,} characters of code that waits for a consent "
                "tool. Upload only the setup."
            )
        )
    more = len(setup.left) - MAX_LEFT
    return (
        setup
        if more <= 0
        else setup._replace(left=(*setup.left[:MAX_LEFT], translatable(f"{more:,} more are not listed here.")))
    )
