"""A scan that cannot be done is refused before a browser starts, by one sentence."""

import pytest

from consent.scan.job import BadJob, Job, check_job

URL = "https://www.example.com/"


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        (Job("ftp://www.example.com/"), "A scan begins at an http or https address"),
        (Job("https://me:secret@www.example.com/"), "An address with a name and a password"),
        (Job("https://[broken/"), "is no address"),
        (Job(URL, pages=0), "pages must be from 1 to 500"),
        (Job(URL, page_s=float("nan")), "page_s must be from 1 to 300"),
        (Job(URL, states=("none", "maybe")), "The states are none, reject"),
        (Job(URL, regions=("DE", "XX")), "There is no place XX"),
        (Job(URL, regions=("US-ZZ",)), "There is no place US-ZZ"),
        (Job(URL, regions=("de",)), "There is no place de"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused(job: Job, sentence: str) -> None:
    with pytest.raises(BadJob, match=sentence):
        check_job(job)


def test_a_job_as_from_a_country_and_from_a_state_is_taken() -> None:
    check_job(Job(URL, regions=("DE", "US-CA")))
