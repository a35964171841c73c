"""Build the signed receipt of a choice: resulting grants, signed claims, and the database row."""

import secrets
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, cast

from consent.api.http.context import ApiContext
from consent.api.http.device_class import Agent, read_agent
from consent.api.http.request import Request
from consent.api.page.choice_body import RequestedChoice
from consent.api.page.choice_cookies import Cookies, deletions
from consent.api.page.outbox_events import allowed_by_cookie, browser_event
from consent.api.page.shown_config import ShownConfig
from consent.api.page.visit_context import Visit, app_of
from consent.core.age_rules import age_key, letters_of, without_locked_grants
from consent.core.browsers import browser_family
from consent.core.choice import DNT, GPC, Choice, format_choice
from consent.core.days import DAY_SECONDS, add_months
from consent.core.decide import Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.receipt import ReceiptClaims, TcfClaims
from consent.core.tcf.choice import TcfChoice, derived, format_tcf
from consent.runtime.asked_groups import asked_groups
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.runtime.decisions import granted_groups
from consent.runtime.tcf_facts import tcf_claims, texts_language
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import SALT_BYTES, SECOND_SCHEMA, Frame, build_claims, canonical_digest, visitor_of
from consent.storage.delivery.outbox import NewEvent
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.receipts import Latest

LATE_SECONDS = 300
"""Seconds after which an arriving choice counts as one that was waiting in the browser."""
ROOM_BITS = 96
"""Minimum number of random bits in an id, whatever the previous receipt."""
RESERVE_BITS = 112
"""Range reserved for later receipts of the same second: enough for some 130,000 after the first few."""


class Circumstances(NamedTuple):
    """How a choice arrived, as far as its receipt states it.

    A choice that is `late` was waiting in the browser. `today`, of its arrival, and `day`, of its making, are days
    since 1970-01-01; `site_day` is the current day at the site, and `moment` the Unix time for which the law is
    applied.
    """

    moment: int
    today: int
    site_day: int
    day: int
    late: bool
    from_page: bool
    origin_checked: bool
    browser: str
    agent: Agent
    is_app: bool = False


def read_circumstances(request: Request, config: CompiledConfig, chosen_at: int | None, now: float) -> Circumstances:
    """Return the circumstances of a choice made at `chosen_at` and received at `now`, both in Unix seconds."""
    today = day_of_time(now)
    # The browser's clock is used only to tell an old choice from a new one.
    late = chosen_at is not None and int(now) - chosen_at > LATE_SECONDS
    day = min(today, day_of_time(chosen_at)) if late and chosen_at and chosen_at > 0 else today
    agent = request.header("User-Agent") or ""
    # A page of receipts may be on the service's own host, which isn't one of the site's.
    checked = request.header("Origin") in config.origins
    family, is_app = browser_family(agent), app_of(request, config) is not None
    days = (config.law_days.moment(now), today, config.site_day(now), day)
    return Circumstances(*days, late, chosen_at is not None, checked, family, read_agent(agent), is_app)


class SharedChoice:
    """What is common to all visitors who were shown and chose the same, with the same signals, agent and origin.

    It is built once. `late` is whether the choice waited in the browser, `day` when it was made, `today` when it
    arrived: days since 1970-01-01.
    """

    personal: ClassVar[Mapping[str, None]] = {}
    """What the personal part has in addition to that of the first schema."""

    def __init__(self, visit: Visit, shown: ShownConfig, posted: RequestedChoice, now: Circumstances) -> None:
        fields = posted.fields
        self.shown, self.fields, self.now = shown, fields, now
        has_gpc = visit.signals.gpc or fields["method"] == "gpc"
        self.signals = Signals(has_gpc, visit.signals.dnt, fields["age_band"], fields["age"])
        self.resolved = shown.config.resolved_at(shown.fields.country, shown.fields.subdivision, now.moment)
        self.requested = {group: fields["choices"].get(group) for group in OPTIONAL}
        self.choice = self._choice()
        self.text = format_choice(self.choice)
        self.effective = self._effective()
        self.grants = any(self.effective.values()) or any(self.choice.vendors.values())
        self.grants = self.grants or (self.choice.tcf is not None and self.choice.tcf.grants)
        self.expires = self.expiry(grants=self.grants)
        self.record = self._record(visit)
        self.frame = Frame(self.claims(visit, self.record))

    def _effective(self) -> dict[str, bool | None]:
        """Return the effective answers: a grant overridden by age or a signal doesn't count."""
        config, place = self.shown.config, (self.shown.fields.country, self.shown.fields.subdivision)
        granted = granted_groups(config, *place, self.now.moment, self.signals, self.text)
        return {group: value and group in granted for group, value in self.requested.items()}

    def _choice(self) -> Choice:
        conflicts = (GPC * self.signals.gpc + DNT * self.signals.dnt) if self.fields["conflict_shown"] else 0
        age_band, age = self.fields["age_band"], self.fields["age"]
        key = age_key(self.resolved, age_band, age)
        groups, vendors = without_locked_grants(self.resolved, key, self.requested, self.fields["vendors"])
        return Choice(
            self.now.day,
            self.shown.fields.regime,
            groups,
            self._keys(),
            vendors,
            conflicts,
            letters_of(self.resolved, age_band, age),
            self._tcf_choice(),
        )

    def _keys(self) -> dict[str, str]:
        """Return the coverage of a grant by group: the first 8 hex digits of a purpose key."""
        return {group: self.resolved["groups"][group]["keys"][0] for group in OPTIONAL}

    def _tcf_choice(self) -> TcfChoice | None:
        """Return the TCF choice, or None; one made by groups alone needs an answer for each group that is asked for."""
        offer, posted = self.resolved.get("tcf"), self.fields.get("tcf")
        if offer is None:
            return None
        config, at = self.shown.config, {"day": self.now.day, "screen": self.fields["layer"]}
        if posted is not None:
            return TcfChoice(**at, **posted)
        if any(self.requested[group] is None for group in asked_groups(config.document, self.resolved)):
            return None
        language = texts_language(config.document, self.shown.fields.language)
        return derived(offer, self.fields["action"], self.requested, **at, language=language)

    def _tcf_claims(self) -> TcfClaims | None:
        if self.choice.tcf is None:
            return None
        groups = decide(self.resolved, self.now.today, self.signals, self.choice).groups
        return tcf_claims(self.shown.config, self.resolved["tcf"], self.choice.tcf, groups)

    def claims(self, visit: Visit, record: NewReceipt) -> ReceiptClaims:
        """Return the claims of `record` except id, time and an empty `pd`."""
        shown, place = self.shown, visit.place
        claims = build_claims(
            record,
            site=shown.config.site,
            requested=self.requested,
            text=shown.text,
            rules_version=shown.fields.rules_version,
            source=shown.fields.source,
            place_at_write={"country": place.country, "subdivision": place.subdivision, "source": place.source},
            delayed=self.now.late,
            conflict_shown=self.fields["conflict_shown"],
            exact_age=self.fields["age"] is not None,
            pd="",
        )
        tcf = self._tcf_claims()
        more = {
            **({"channel": self.channel} if self.channel else {}),
            **({"tcf": tcf} if tcf else {}),
            **({"schema": SECOND_SCHEMA} if self.channel or tcf else {}),
        }
        return cast(ReceiptClaims, claims | more)

    @property
    def channel(self) -> str | None:
        """Return where the choice was made if not in a browser page: `app`, or `webview` for a page in an app."""
        return "app" if self.now.is_app else self.fields.get("channel")

    @property
    def arrival(self) -> str:
        """Return how the choice arrived (`ChoiceCount`): a page always states its time, whoever forwards it."""
        if not self.now.from_page:
            return "direct"
        return "late" if self.now.late else "prompt"

    def expiry(self, *, grants: bool) -> int:
        """Return the time (Unix seconds) when a choice of that day expires or may be asked for again."""
        months = self.resolved["life"] if grants else self.resolved["keep"]
        return add_months(self.choice.day, months) * DAY_SECONDS

    def _record(self, visit: Visit) -> NewReceipt:
        """Return the receipt without its individual fields."""
        shown, fields, now = self.shown, self.fields, self.now
        return NewReceipt(
            action=fields["action"],
            method=fields["method"],
            functional=self.effective["functional"],
            analytics=self.effective["analytics"],
            advertising=self.effective["advertising"],
            vendors=canonical_without_floats(fields["vendors"]).decode(),
            country=shown.fields.country,
            subdivision=shown.fields.subdivision,
            regime=shown.fields.regime,
            config=shown.config.name,
            language=shown.fields.language,
            gpc=visit.signals.gpc,
            dnt=visit.signals.dnt,
            age_band=fields["age_band"],
            origin_checked=now.origin_checked,
            variant=shown.fields.variant,
            layer=fields["layer"],
            expires=self.expires,
            id="",
            time=0,
            site_id=shown.config.site_id,
            leaf_hash=b"",
            jws="",
            key="",
            body=b"",
            device=now.agent.device,
            is_bot=now.agent.is_bot,
            arrival=self.arrival,
        )


class ChoiceWrite:
    """One choice on its way to a receipt."""

    def __init__(
        self,
        context: ApiContext,
        request: Request,
        visit: Visit,
        posted: RequestedChoice,
        shared: SharedChoice,
        *,
        time: int,
        latest: Latest | None,
    ) -> None:
        self.context, self.visit, self.shared, self.time = context, visit, shared, time
        self._request, self._posted, self._latest, now = request, posted, latest, shared.now
        # One call for all: each call releases the interpreter lock and, under load, waits to get it back.
        self.random = secrets.token_bytes(16 + SALT_BYTES + 16 + 16)
        self.cookies = Cookies(
            request,
            visit.config,
            shared.choice,
            text=shared.text,
            tcf=format_tcf(shared.choice.tcf) if shared.choice.tcf else None,
            life=shared.resolved["life"],
            # An app has only the cookies we set, and sends queued choices in order.
            late=now.late and not now.is_app,
            from_page=now.from_page and not now.is_app,
            grants=shared.grants,
            keep_proof=posted.fields["keep_proof"],
            fresh=self.random[-16:].hex(),
            is_https=context.settings.is_https,
        )

    @property
    def today(self) -> int:
        """Return the day on which the choice arrived."""
        return self.shared.now.today

    def headers(self) -> list[tuple[str, str]]:
        """Return the response's Set-Cookie headers."""
        deletion_headers = deletions(self._request, self.cookies, self.visit, self.shared.resolved, self.today)
        return [*self.cookies.headers(), *deletion_headers]

    def receipt(self) -> NewReceipt:
        """Return the signed receipt, ready for the writer."""
        salt = self.random[16 : 16 + SALT_BYTES]
        secret = self.cookies.secret
        visitor = visitor_of(self.context.keys.secret, secret) if secret else None
        before = self._latest if secret and not self.cookies.is_new else None
        previous = before.id if before else None
        receipt_id = id_after(before, self.time, self.random[:16])
        personal = canonical_without_floats(
            {
                "visitor": visitor,
                "previous": previous,
                "browser": self.shared.now.browser,
                "page_group": None,
                "chosen_at": self._posted.chosen_at,
                **self.shared.personal,
            }
        )
        payload = self.shared.frame.payload(receipt_id, self.time, canonical_digest(salt, personal))
        jws = self.context.receipts.signer.sign_payload(payload)
        receipt = self.shared.record.with_values(
            id=receipt_id,
            time=self.time,
            jws=jws,
            leaf_hash=leaf_hash(jws.encode()),
            key=self._posted.key,
            body=self._posted.body,
            visitor=visitor,
            previous=previous,
            salt=salt,
            key_salt=self.random[-32:-16],
            personal=personal.decode(),
        )
        event = self._event(receipt)
        return receipt.with_values(event=event) if event else receipt

    def _event(self, receipt: NewReceipt) -> NewEvent | None:
        """Return the receipt's event for other systems."""
        shown, signals = self.shared.shown, self.shared.signals
        if self.context.privacy.delivery.directory.of_site(receipt.site_id) is None:
            return None
        place = (shown.fields.country, shown.fields.subdivision)
        return browser_event(
            self.context,
            self._request,
            shown.config,
            receipt,
            requested=self.shared.requested,
            allowed=allowed_by_cookie(shown.config, *place, self.shared.now.moment, signals, self.cookies.value),
            chosen_at=self._posted.chosen_at,
            is_known=receipt.visitor is not None and not self.cookies.is_new,
        )


def id_after(before: Latest | None, time: int, drawn: bytes) -> str:
    """Return a receipt id for the Unix time `time`: `drawn`, or one above that of the visitor's receipt `before`.

    Receipts of the same second are ordered by id everywhere, so the later one needs the higher id. The first few are
    drawn from the whole remaining range, so that nothing shows that they belong together; after that, steps are
    shorter: drawing from the whole range each time would halve it, and leave nothing after some twenty. With hardly any
    range left it is `drawn`, since ids must not be guessable.
    """
    if before is None or before.time != time or before.id < drawn.hex():
        return drawn.hex()
    lower = int(before.id, 16)
    room = (1 << 128) - 1 - lower
    if not room >> ROOM_BITS:
        return drawn.hex()
    free = room - (1 << RESERVE_BITS)
    return f"{lower + 1 + secrets.randbelow(max(free, 1 << ROOM_BITS)):032x}"
