"""Commands run by the service: failures are logged, since nothing else would report them."""

import logging
from pathlib import Path

import pytest

from consent.process.subprocess_runner import start_command
from tests.polling import wait_for


@pytest.mark.server
def test_the_log_contains_the_output_of_a_failed_command(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.WARNING, "consent.process.subprocess_runner"):
        start_command({"CONSENT_INSTANCE": str(tmp_path)}, "receipts", "resumes", "f" * 32)
        wait_for(lambda: caplog.messages)
    (told,) = caplog.messages
    assert told.startswith("consent receipts resumes exited with status 2: ")
    assert "No such command 'resumes'" in told
