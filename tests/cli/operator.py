"""The command line as an operator types it in an instance of their own."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from consent.cli import main

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"


FACTS = ("name", "address", "contact", "policy_revision", "storage_location", "retention")


def operator(folder, patch):
    """Set up `folder` as an operator's instance.

    Returns a function that runs a command and returns its exit code and output.
    """
    patch.chdir(folder)
    patch.setenv("CONSENT_INSTANCE", str(folder / "instance"))
    patch.setenv("CONSENT_SECRET_KEY", SECRET)
    patch.setenv("CONSENT_BASE_URL", "http://127.0.0.1:9")
    patch.setenv("CONSENT_BROWSER_CHECK", "off")
    patch.setattr("consent.cli.doctor_checks.is_installed", lambda: False)
    runner = CliRunner()

    def run(*arguments, given=None):
        result = runner.invoke(main, arguments, input=given, catch_exceptions=False)
        return result.exit_code, result.output.strip()

    return run


@cache
def made_site():
    """Create the instance that each test of a site starts from a copy of, and return its folder."""
    folder = TemporaryDirectory(prefix="cli-")
    with pytest.MonkeyPatch.context() as patch:
        say = operator(Path(folder.name), patch)
        assert say("db", "upgrade")[0] == 0
        assert say("site", "create", "shop", "--name", "Shop", "--host", "https://www.example.com")[0] == 0
        draft = json.loads(say("config", "export", "shop")[1])
        draft["controller"] |= dict.fromkeys(FACTS, "stated") | {"policy_url": "https://www.example.com/privacy"}
        code, said = say("config", "import", "shop", "-", given=json.dumps(draft))
        assert code == 0, said
    return folder
