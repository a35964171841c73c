"""An impossible scan is refused with one sentence before a browser starts."""

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.scanner.model.job import Job, JobValidationError, check_job
from consent.scanner.scan import scan
from tests.scanner.async_thread import run_apart
from tests.scanner.scan_site import resolve

URL = "https://www.example.com/"


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        (Job("ftp://www.example.com/"), "A scan starts at an http or https URL"),
        (Job("https://me:secret@www.example.com/"), "A URL with a user name and password"),
        (Job("https://[broken/"), "is not a URL"),
        (Job(URL, pages=0), "pages must be from 1 to 500"),
        (Job(URL, page_s=float("nan")), "page_s must be from 1 to 300"),
        (Job(URL, states=("none", "maybe")), "States must be among none, reject"),
        (Job(URL, regions=("DE", "XX")), "There is no place XX"),
        (Job(URL, regions=("US-ZZ",)), "There is no place US-ZZ"),
        (Job(URL, regions=("de",)), "There is no place de"),
        (Job(URL, allow=("https://intranet.example",)), "Write a host as intranet.example"),
        (Job(URL, allow=("a.example b.example",)), "not as 'a.example b.example'"),
    ],
)
def test_rejects_an_invalid_job(job: Job, sentence: str) -> None:
    with pytest.raises(JobValidationError, match=sentence):
        check_job(job)


def test_a_job_as_from_a_country_and_from_a_state_is_taken() -> None:
    check_job(Job(URL, regions=("DE", "US-CA")))


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "http://www.shop.localhost:8001/",
            "only 80 and 443 are allowed. To scan an internal host, name it: --allow-host www.shop.localhost:8001,",
        ),
        ("http://10.1.1.1/", "not on the public Internet. To scan an internal host, name it: --allow-host 10.1.1.1,"),
        ("https://nowhere.invalid/", "^nowhere.invalid has no address.$"),
    ],
)
def test_a_first_page_that_may_not_be_asked_is_refused_before_any_visit(url: str, sentence: str) -> None:
    with pytest.raises(JobValidationError, match=sentence):
        run_apart(scan(Job(url), lambda _: pytest.fail("a page was visited"), resolve))


def test_an_audit_that_cannot_be_made_is_neither_a_leak_nor_a_pass() -> None:
    done = CliRunner().invoke(main, ["audit", "http://127.0.0.1:9/"])
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: 127.0.0.1 was not contacted on port 9: only 80 and 443 are allowed. To scan an internal host, name it: "
        "--allow-host 127.0.0.1:9, or CONSENT_SCAN_HOSTS for a site of this service.\n"
    )
