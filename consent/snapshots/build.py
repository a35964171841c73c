"""The built script: the core that every visitor gets, and the parts that the service adds where they have work."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Build:
    """One build of banner/: each is a JavaScript expression, a function."""

    core: bytes
    """Takes what a visitor gets, and a list of parts."""
    acts: bytes
    """What comes after the first layer."""

    @cached_property
    def whole(self) -> bytes:
        """Return the code with every part, called without facts: as it is served alone and hashed for SRI."""
        return called(self.core, b"void 0", [self.acts])

    @cached_property
    def sha256(self) -> str:
        """Return the name of the whole build, 64 hex digits."""
        return hashlib.sha256(self.whole).hexdigest()


def read_build(folder: Path) -> Build:
    """Return the build in a folder of static files."""
    return Build((folder / "banner.js").read_bytes(), (folder / "parts" / "acts.js").read_bytes())


def called(core: bytes, facts: bytes, parts: list[bytes]) -> bytes:
    """Return the script that calls the core with these facts and parts."""
    return core + b"(" + facts + (b",[" + b",".join(parts) + b"]" if parts else b"") + b");"
