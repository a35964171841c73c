"""The one way by which alarms reach people: mail, a webhook, or both, as the settings say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.mail import Mailer, MailError
from consent.proof.statement import utc
from consent.storage.alarms import INSTANCE, Open
from consent.webhook import post_json


class Telling(NamedTuple):
    """Why it did not arrive, by each way that was tried; empty where it did."""

    faults: dict[str, str]

    @property
    def reached(self) -> list[str]:
        """Return the ways by which it arrived."""
        return [way for way, why in self.faults.items() if not why]

    @property
    def failed(self) -> dict[str, str]:
        """Return why, by the ways by which it did not."""
        return {way: why for way, why in self.faults.items() if why}


@dataclass(frozen=True, slots=True)
class Outlet:
    """Tells of alarms by mail to `addresses` and by a post to `webhook`; empty ones are not used."""

    mailer: Mailer | None = None
    addresses: Sequence[str] = ()
    webhook: str = ""
    base_url: str = ""

    @property
    def ways(self) -> list[str]:
        """Return where it tells, in words: addresses, and of the webhook the host alone, since its path can be a secret."""
        host = urlsplit(self.webhook).netloc.rpartition("@")[2]
        return [*self.addresses, *([f"a webhook at {host}"] if host else [])]

    def tell(self, one: Open, title: str, site: str | None, ways: Collection[str]) -> Telling:
        """Tell of one beginning or end by those of the outlet's `ways` that are named, and return what came of it.

        `title` says what is wrong in general, `site` is the key of the site that it concerns.
        """
        return Telling({way: self._by(way, one, title, site) for way in ways})

    def _by(self, way: str, one: Open, title: str, site: str | None) -> str:
        if way in self.addresses:
            return self._mail(way, one, title, site)
        why = post_json(self.webhook, self._facts(one, site))
        return f"the webhook: {why}" if why else ""

    def _facts(self, one: Open, site: str | None) -> dict[str, object]:
        return {
            "kind": one.kind,
            "state": "begun" if one.ended_at is None else "ended",
            "site": site,
            "sentence": one.sentence,
            "since": utc(one.since),
            "ended": utc(one.ended_at) if one.ended_at is not None else None,
            "service": self.base_url,
        }

    def _mail(self, address: str, one: Open, title: str, site: str | None) -> str:
        if self.mailer is None:
            return ""
        where = f"{self.base_url}/sites/{site}/" if site else f"{self.base_url}/"
        if one.ended_at is None:
            subject, text = title, f"{one.sentence}\n\nSince {utc(one.since)}.\n"
        else:
            subject, text = f"Over: {title}", f"This is over since {utc(one.ended_at)}:\n\n{one.sentence}\n"
        try:
            self.mailer.send(address, f"[{site or 'consent'}] {subject}", f"{text}\n{where}\n")
        except MailError as error:
            return str(error)
        return ""


def trial(outlet: Outlet, now: int) -> Telling:
    """Send one alarm that means nothing by all ways, and return what came of it."""
    return outlet.tell(
        Open(INSTANCE, "trial", now, "This is a trial; nothing is wrong.", None), "A trial", None, outlet.ways
    )
