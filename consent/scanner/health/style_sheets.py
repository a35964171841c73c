"""Resources that a style sheet loads: `@import` sheets and fonts."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r"@import\s+(?:url\(\s*)?[\"']?([^\"')\s;]{1,500})", re.IGNORECASE)
FONT_FACE = re.compile(r"@font-face\s*\{([^}]{0,5000})\}", re.IGNORECASE)
SOURCE = re.compile(r"url\(\s*[\"']?([^\"')\s]{1,500})", re.IGNORECASE)


def imports(css: str, base: str) -> list[str]:
    """Return the URLs of the sheets imported by the one at `base`."""
    return list(_joined(IMPORT.findall(COMMENT.sub("", css)), base))


def fonts(css: str, base: str) -> list[str]:
    """Return the URLs of its fonts."""
    faces = FONT_FACE.findall(COMMENT.sub("", css))
    return list(_joined([address for face in faces for address in SOURCE.findall(face)], base))


def _joined(addresses: list[str], base: str) -> Iterator[str]:
    for address in addresses:
        try:
            whole = urljoin(base, address)
        except ValueError:
            continue
        if whole.startswith(("http:", "https:")):
            yield whole
