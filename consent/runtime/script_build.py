"""The built banner script: the core that every visitor gets, and the optional parts added as needed."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SIGHTINGS = "sightings"
"""The part that tells names of what pages met, where `overrides.sightings` asks for it."""
HANDLE = "handle"
"""The part that lets users' tools refuse, where they do not know the words of the button."""
EXPERIMENT = "experiment"
"""The part that draws a variant of the first layer, on sites with an experiment."""
CHOICES_ICON = "choices_icon"
"""The part that draws the icon of a link that stands for others."""
TRIGGERS = "triggers"
"""The part that loads tags on what happens in the page, where one waits for that."""
SENDS = {
    "us_privacy": "us_privacy",
    "us_privacy_cookie": "us_privacy",
    "wp_consent": "wp_consent",
    "shopify": "shopify",
    "gpp": "gpp",
}
"""Which part does what an owner switches on by `overrides.sends`."""
GPP, GPP_ELSEWHERE = "gpp", "gpp_elsewhere"
"""The part that sends GPP strings, and what comes in its place where no section applies."""
TCF, TCF_API, TCF_ELSEWHERE, TCF_GPP = "tcf", "tcf_api", "tcf_elsewhere", "tcf_gpp"
"""The parts of IAB Europe's framework: what keeps the choice before all else, `__tcfapi` and strings, what answers where it
does not apply, and its section of GPP."""
TCF_SCREENS = "tcf_screens"
"""What the second layer gets of that framework once it is opened."""
AT_ONCE = b"//# allFunctionsCalledOnLoad\n"
"""What has Chromium compile a file's functions while it arrives, beside the page (WICG, explicit compile hints)."""
HEADLESS = "headless"
"""The part by which pages draw the layers themselves, where a site wants that."""
OLD_CHOICES = "old_choices"
"""The part that takes over a choice made with another tool, for a browser that has none of ours."""
EARLY = ("old_tool", "webview", "account", "cookie_guard", "handover", "marks", OLD_CHOICES, TCF, HEADLESS)
"""The parts beside a former tool, for choices of accounts, domains, apps and other tools, those of
consent/runtime/blocking.py, and of TCF."""


@dataclass(frozen=True)
class Build:
    """One build of banner/: each is a JavaScript expression, a function."""

    core: bytes
    """Takes what a visitor gets, a list of parts, and a list of those that come before anything else in a page."""
    acts: bytes
    """What decides in the page and comes after the first layer; one of the early ones, since it begins with the decision."""
    sends: dict[str, bytes]
    """By name, what works on each page where the site or its language asks for it, such as signals for everybody."""
    early: dict[str, bytes]
    """By name, what comes before all else, where a site wants it."""
    screens: bytes
    """What the second layer gets where TCF applies, once it is opened."""

    @cached_property
    def whole(self) -> bytes:
        """Return the code with every part, called without facts: as it is served alone and hashed for SRI."""
        return called(self.core, b"void 0", [*self.sends.values()], [self.acts, *self.early.values(), self.screens])

    @cached_property
    def pieces(self) -> list[tuple[int, int]]:
        """Return where in `whole` core and parts begin and end, in bytes: what a page gets is made of them and of data."""
        codes, places, start = [self.core, *self.sends.values(), self.acts, *self.early.values(), self.screens], [], 0
        for code in codes:
            start = self.whole.index(code, start)
            places.append((start, start + len(code)))
            start += len(code)
        return places

    @cached_property
    def acts_sha256(self) -> str:
        """Return the name of the part `acts`, 64 hex digits."""
        return hashlib.sha256(self.acts).hexdigest()

    @cached_property
    def screens_sha256(self) -> str:
        """Return the name of the part `tcf_screens`, 64 hex digits."""
        return hashlib.sha256(self.screens).hexdigest()

    @cached_property
    def sha256(self) -> str:
        """Return the name of the whole build, 64 hex digits."""
        return hashlib.sha256(self.whole).hexdigest()


def read_build(folder: Path) -> Build:
    """Return the build in a folder of static files."""
    sends, early = (
        {name: (folder / "parts" / f"{name}.js").read_bytes() for name in names}
        for names in (
            # Of those that provide the same API the first one does; strings come before their section of GPP.
            (
                TCF_API,
                TCF_GPP,
                TCF_ELSEWHERE,
                *sorted({*SENDS.values(), SIGHTINGS, HANDLE, CHOICES_ICON, EXPERIMENT, TRIGGERS, GPP_ELSEWHERE}),
            ),
            EARLY,
        )
    )
    core, acts, screens = (
        (folder / name).read_bytes() for name in ("banner.js", "parts/acts.js", f"parts/{TCF_SCREENS}.js")
    )
    return Build(core, acts, sends, early, screens)


def called(core: bytes, facts: bytes, parts: list[bytes], early: list[bytes]) -> bytes:
    """Return the script that calls the core with these facts and parts."""
    lists = [parts, early] if early else [parts] if parts else []
    return AT_ONCE + core + b"(" + facts + b"".join(b",[" + b",".join(some) + b"]" for some in lists) + b");"
