"""Dependencies of every public endpoint, in groups, injected once by the app."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from consent.api.buffers.services import Buffers
from consent.api.http.caches import Caches
from consent.api.http.monitoring import Monitoring
from consent.api.http.token_cache import TokenCache
from consent.evidence import Evidence
from consent.exports.services import ReceiptServices
from consent.geo import Locator
from consent.log.services import LogServices
from consent.outbound.mail import Mailer
from consent.privacy.services import PrivacyServices
from consent.publishing.services import PublishingServices
from consent.runtime.services import ConfigServices
from consent.signing.keys import Keys
from consent.storage.maintenance.replica import Reads


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """The settings that endpoints use.

    `base_url` is the service's own address without a trailing slash. `silence_minutes` is how long a site may be silent
    before an alarm, 0 for no limit. With an empty `metrics_token`, only this machine can read metrics.
    `broken_filter_lists` has a sentence for each unusable filter list. `edge_cache` is the number of seconds for which
    an edge cache may keep a script, 0 for not at all. `mailer` sends mail to visitors, or is None if no server is set.
    """

    base_url: str
    is_https: bool
    metrics_token: str = ""
    is_demo: bool = False
    silence_minutes: int = 60
    broken_filter_lists: Sequence[str] = ()
    edge_cache: int = 0
    mailer: Mailer | None = None


@dataclass(slots=True)
class ApiContext:
    """The services that endpoints share, by group; `reads` serves long reads, from a replica if there is one."""

    reads: Reads
    keys: Keys
    tokens: TokenCache
    locator: Locator
    evidence: Evidence
    configs: ConfigServices
    receipts: ReceiptServices
    log: LogServices
    privacy: PrivacyServices
    buffers: Buffers
    caches: Caches
    monitoring: Monitoring
    settings: ApiSettings
    publishing: PublishingServices
    clock: Callable[[], float] = time.time

    @property
    def engine(self) -> Engine:
        """Return the primary database."""
        return self.reads.primary
