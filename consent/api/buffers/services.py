"""Build all buffers of a process."""

from dataclasses import dataclass

from sqlalchemy import Engine

from consent.api.buffers.background_flush import Flusher
from consent.api.buffers.event_counter import EventCounter
from consent.api.buffers.rate_limit import WriteLimit
from consent.api.buffers.sampled_views import SampledViews
from consent.api.buffers.script_fetches import ScriptFetches
from consent.api.buffers.shared_rate_limit import SharedLimits
from consent.api.buffers.sightings import Sightings
from consent.core.days import DAY_SECONDS

MAX_WRONG_TOKENS = 10
"""Maximum number of wrong subject tokens per network and minute, before further tokens are refused unread."""
MAX_REQUESTS = 10
"""Maximum number of submitted request forms per network and minute."""
MAX_REQUESTS_OF_DAY = 50
"""The same per day and process: one network must not use up what a site accepts from everyone."""


@dataclass(slots=True)
class Buffers:
    """The in-memory buffers: banner events, script fetches, sightings, sampled page views, and writes by network.

    `choice_limit` and `report_limit` count separately; `shared_limits` keeps them in step with other processes.
    `subject_limit` counts wrong subject tokens, `request_limit` and `request_day_limit` count forms of visitors'
    requests.
    """

    events: EventCounter
    script_fetches: ScriptFetches
    sightings: Sightings
    sampled_views: SampledViews
    choice_limit: WriteLimit
    report_limit: WriteLimit
    subject_limit: WriteLimit
    request_limit: WriteLimit
    request_day_limit: WriteLimit
    shared_limits: SharedLimits

    @property
    def threads(self) -> tuple[Flusher, ...]:
        """Return the buffers that write to the database from a thread, in start order."""
        return (self.sightings, self.shared_limits, self.script_fetches, self.sampled_views, self.events)


def build_buffers(engine: Engine, secret: bytes, write_limit: int | None, filter_lists: tuple[str, ...]) -> Buffers:
    """Return the buffers of one process. All nodes share `secret`; `write_limit` is the number of writes per minute."""
    choices, reports = WriteLimit(write_limit), WriteLimit(write_limit)
    requests = WriteLimit(None if write_limit is None else MAX_REQUESTS)
    return Buffers(
        events=EventCounter(engine),
        script_fetches=ScriptFetches(engine),
        sightings=Sightings(engine, lists=filter_lists),
        sampled_views=SampledViews(engine),
        choice_limit=choices,
        report_limit=reports,
        subject_limit=WriteLimit(None if write_limit is None else MAX_WRONG_TOKENS),
        request_limit=requests,
        request_day_limit=WriteLimit(None if write_limit is None else MAX_REQUESTS_OF_DAY, seconds=DAY_SECONDS),
        shared_limits=SharedLimits(engine, secret, {"choices": choices, "reports": reports, "requests": requests}),
    )
