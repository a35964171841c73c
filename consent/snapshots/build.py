"""The built script: the core that every visitor gets, and the parts that the service adds where they have work."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SENDS = {
    "us_privacy": "us_privacy",
    "us_privacy_cookie": "us_privacy",
    "wp_consent": "wp_consent",
    "shopify": "shopify",
}
"""Which part does what an owner switches on by `overrides.sends`."""


@dataclass(frozen=True)
class Build:
    """One build of banner/: each is a JavaScript expression, a function."""

    core: bytes
    """Takes what a visitor gets, and a list of parts."""
    acts: bytes
    """What comes after the first layer."""
    sends: dict[str, bytes]
    """By name, what sends a signal for everybody on a page, where a site has it switched on."""

    @cached_property
    def whole(self) -> bytes:
        """Return the code with every part, called without facts: as it is served alone and hashed for SRI."""
        return called(self.core, b"void 0", [*self.sends.values(), self.acts])

    @cached_property
    def sha256(self) -> str:
        """Return the name of the whole build, 64 hex digits."""
        return hashlib.sha256(self.whole).hexdigest()


def read_build(folder: Path) -> Build:
    """Return the build in a folder of static files."""
    sends = {name: (folder / "parts" / f"{name}.js").read_bytes() for name in sorted({*SENDS.values()})}
    return Build((folder / "banner.js").read_bytes(), (folder / "parts" / "acts.js").read_bytes(), sends)


def called(core: bytes, facts: bytes, parts: list[bytes]) -> bytes:
    """Return the script that calls the core with these facts and parts."""
    return core + b"(" + facts + (b",[" + b",".join(parts) + b"]" if parts else b"") + b");"
