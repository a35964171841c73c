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
    """What endpoints know of the settings.

    `base_url` is the service's own address, without a slash at its end. `silence_minutes` is after how long a silent site is
    an alarm, 0 for never. With an empty `metrics_token` metrics are for this machine alone. `broken_filter_lists` has a
    sentence for each filter list that cannot be used. `edge_cache` is for how many seconds a cache at the edge may keep a
    script, 0 for not at all. `mailer` sends mail to visitors, None where no server is set.
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
    """What the endpoints share, by group; `reads` is where long reads go, a replica where there is one."""

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
