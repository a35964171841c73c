"""Debian's Noto fonts as a browser's only fonts: letters that they lack are missing on most phones too."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "noto-fonts"
"""Where `make system-fonts` unpacks the fonts."""
MISSING = "Noto fonts, or the program fc-list, are missing: make system-fonts"


class NoFontsError(Exception):
    """Raised when the fonts aren't installed; the message says what to install."""


def write_fontconfig(folder: Path) -> Path:
    """Write a fontconfig file with only these fonts, and return its path. Raises NoFontsError."""
    fonts = FOLDER / "usr" / "share" / "fonts"
    if not all(any((fonts / kind).rglob("Noto*")) for kind in ("truetype", "opentype")):
        raise NoFontsError(MISSING)
    lines = [
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'urn:fontconfig:fonts.dtd'><fontconfig>",
        f"<dir>{fonts}</dir>",
        f"<cachedir>{folder}/cache</cachedir>",
        "<include ignore_missing='yes'>/etc/fonts/conf.d</include></fontconfig>",
    ]
    file = folder / "fonts.conf"
    file.write_text("\n".join(lines), "utf-8")
    return file


def letters_by_font(fontconfig: Path) -> dict[str, set[int]]:
    """Return the code points in each font, by PostScript name."""
    command = ["fc-list", "--format", "%{postscriptname}\t%{charset}\n"]
    try:
        listed = subprocess.run(
            command, env={**os.environ, "FONTCONFIG_FILE": str(fontconfig)}, capture_output=True, check=True, text=True
        ).stdout
    except FileNotFoundError:
        raise NoFontsError(MISSING) from None
    found: dict[str, set[int]] = {}
    for line in listed.splitlines():
        name, _, ranges = line.partition("\t")
        letters = found.setdefault(name, set())
        for part in ranges.split():
            first, _, last = part.partition("-")
            letters.update(range(int(first, 16), int(last or first, 16) + 1))
    return found
