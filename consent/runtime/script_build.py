"""The built banner script: the core that every visitor gets, and the optional parts added as needed."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SIGHTINGS = "sightings"
"""The part that reports names of what pages contain, if `overrides.sightings` is set."""
HANDLE = "handle"
"""The part that lets users' own tools refuse, for languages whose button text they don't recognize."""
EXPERIMENT = "experiment"
"""The part that draws a variant of the first layer, on sites with an experiment."""
CHOICES_ICON = "choices_icon"
"""The part that draws the icon of the link that replaces several others."""
TRIGGERS = "triggers"
"""The part that loads tags on events in the page, if a tag has a trigger."""
SENDS = {
    "us_privacy": "us_privacy",
    "us_privacy_cookie": "us_privacy",
    "wp_consent": "wp_consent",
    "shopify": "shopify",
    "gpp": "gpp",
}
"""The part for each signal that an owner switches on in `overrides.sends`."""
GPP, GPP_ELSEWHERE = "gpp", "gpp_elsewhere"
"""The part that sends GPP strings, and its replacement where no section applies."""
TCF, TCF_API, TCF_ELSEWHERE, TCF_GPP = "tcf", "tcf_api", "tcf_elsewhere", "tcf_gpp"
"""The parts of IAB Europe's framework: the one that stores the choice, before all else; `__tcfapi` with its strings;
its replacement where the framework does not apply; and its GPP section."""
TCF_SCREENS = "tcf_screens"
"""The part that the second layer loads for that framework when it is opened."""
AT_ONCE = b"//# allFunctionsCalledOnLoad\n"
"""Makes Chromium compile a file's functions while it loads, off the main thread (WICG, explicit compile hints)."""
HEADLESS = "headless"
"""The part that lets a site's pages draw the layers themselves."""
OLD_CHOICES = "old_choices"
"""The part that imports a choice made with another tool, for browsers without one of ours."""
EARLY = ("old_tool", "webview", "account", "cookie_guard", "handover", "marks", OLD_CHOICES, TCF, HEADLESS)
"""The parts that come first: for a former tool, for choices of accounts, domains, apps and other tools, those of
consent/runtime/blocking.py, and TCF."""


@dataclass(frozen=True)
class Build:
    """One build of banner/: each part is a JavaScript expression that evaluates to a function."""

    core: bytes
    """Takes the visitor's data, a list of parts, and a list of those that come before anything else in a page."""
    acts: bytes
    """Decides in the page, loaded after the first layer; one of the early parts, since it starts with the decision."""
    sends: dict[str, bytes]
    """By name, parts that run on each page if the site or its language needs them, such as signals for everybody."""
    early: dict[str, bytes]
    """By name, parts that come before all else, if a site needs them."""
    screens: bytes
    """What the second layer loads when it is opened, where TCF applies."""

    @cached_property
    def whole(self) -> bytes:
        """Return the code with every part, called without facts: as it is served alone and hashed for SRI."""
        return call_script(
            self.core, b"void 0", [*self.sends.values()], [self.acts, *self.early.values(), self.screens]
        )

    @cached_property
    def pieces(self) -> list[tuple[int, int]]:
        """Return the byte ranges of core and parts in `whole`: what a page gets consists of these and of data."""
        codes, places, start = [self.core, *self.sends.values(), self.acts, *self.early.values(), self.screens], [], 0
        for code in codes:
            start = self.whole.index(code, start)
            places.append((start, start + len(code)))
            start += len(code)
        return places

    @cached_property
    def acts_sha256(self) -> str:
        """Return the SHA-256 of the part `acts`, 64 hex digits."""
        return hashlib.sha256(self.acts).hexdigest()

    @cached_property
    def screens_sha256(self) -> str:
        """Return the SHA-256 of the part `tcf_screens`, 64 hex digits."""
        return hashlib.sha256(self.screens).hexdigest()

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 of the whole build, 64 hex digits."""
        return hashlib.sha256(self.whole).hexdigest()


def read_build(folder: Path) -> Build:
    """Return the build in a folder of static files."""
    sends, early = (
        {name: (folder / "parts" / f"{name}.js").read_bytes() for name in names}
        for names in (
            # Of parts that provide the same API, the first one wins; strings come before their GPP section.
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


def call_script(core: bytes, facts: bytes, parts: list[bytes], early: list[bytes]) -> bytes:
    """Return the script that calls the core with these facts and parts."""
    lists = [parts, early] if early else [parts] if parts else []
    return AT_ONCE + core + b"(" + facts + b"".join(b",[" + b",".join(some) + b"]" for some in lists) + b");"
