"""The command line, as an operator types it in an instance of her own."""

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
    """Be in `folder` the operator of an instance; return what runs a command and gives its exit code and words."""
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
    """Make the instance that the tests of a site each begin with a copy of: its folder."""
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
