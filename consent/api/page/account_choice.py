"""Record the choice of a signed-in visitor: for the account, or on a device that is kept apart."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.account_visit import (
    AccountCookies,
    AccountVisit,
    Device,
    account_visit,
    device_of,
    with_token_age,
)
from consent.api.page.choice_body import RequestedChoice
from consent.api.page.choice_cookies import read_secret
from consent.api.page.outbox_events import ON_DEVICE as DEVICE_SCOPE
from consent.api.page.outbox_events import announce_account, browser_event
from consent.api.page.receipt_builder import SharedChoice
from consent.api.page.visit_context import Visit
from consent.core.account import SALE_SCOPE, VENDOR, Account, Answer, Recorded, Vendors, record_answer, with_signal
from consent.core.account_join import ACCOUNT, APART, JOINED, refused_targets
from consent.core.account_join import Visit as JoinVisit
from consent.core.account_join import join as join_choices
from consent.core.amend import amended
from consent.core.choice import GPC, Choice, ChoiceTooLongError, format_choice
from consent.core.days import HOUR_SECONDS
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.rules import Place
from consent.runtime.account_events import allowed_by_choice
from consent.runtime.decisions import granted_groups
from consent.signing.canonical_json import canonical_without_floats
from consent.signing.receipt_claims import SECOND_SCHEMA, canonical_digest, new_salt, utc, visitor_of
from consent.signing.subject_token import LATE_SECONDS
from consent.storage.delivery.outbox import NewEvent
from consent.storage.receipts import receipts
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.receipts import Latest
from consent.storage.subjects import accounts as store
from consent.storage.subjects.accounts import Found
from consent.storage.subjects.receipts import PreparedReceipt
from consent.subjects.accounts import SignedIn

ON_ACCOUNT, ON_DEVICE = "account", "device"
MAX_GRANTS = 30
"""Maximum answers per account and hour that grant something: a loop that grants is stopped, refusals never are."""
SIGNALS = ("gpc", "dnt", "age")
"""Methods of an opt-out that nobody clicked."""


class Outcome(NamedTuple):
    """The result of a choice: the account and device afterwards, and the grants that were left out."""

    found: Found
    device: Device
    confirm: list[str]
    unseen: list[str]


class AccountChoice:
    """A signed-in visitor's choice, to be recorded as a receipt of the second schema."""

    def __init__(
        self,
        context: ApiContext,
        request: Request,
        visit: Visit,
        posted: RequestedChoice,
        shared: SharedChoice,
        signed_in: SignedIn,
        *,
        time: int,
        latest: Latest | None,
    ) -> None:
        self._context, self._request, self._visit, self._shared = (
            context,
            request,
            with_token_age(visit, signed_in),
            shared,
        )
        self._posted, self._signed_in, self._time, self._latest = posted, signed_in, time, latest
        self._fields = posted.fields
        self._scope = self._fields.get("scope", ON_ACCOUNT)
        self._before = device_of(request, visit.config)
        self._id = secrets.token_hex(16)
        self.outcome: Outcome | None = None

    @property
    def body(self) -> bytes:
        """Return what identifies a repeat: the body with its subject instead of its token, which may be a newer one."""
        return self._posted.body + b"\0" + self._signed_in.names[-1].lookup

    def lock(self, connection: Connection) -> None:
        """Lock the account until the end of the transaction."""
        store.lock(connection, self._signed_in.all_names)

    def make(self, connection: Connection) -> PreparedReceipt:
        """Return the receipt and a function that saves the account. Raises ApiError for a choice without effect."""
        subjects = self._context.privacy.subjects
        found = subjects.find_in(connection, self._signed_in)
        is_new, number = found.number is None, found.number or secrets.token_hex(16)
        found = subjects.with_document(found)
        account, seen_version = self._with_signal(found)
        targets, unseen = self._targets(connection)
        if any(targets.values()) and not is_new and self._is_busy(connection, number):
            targets, unseen = self._refusals_of(targets)
        if self._fields["method"] in SIGNALS:
            # The account stores a signal in a field of its own; nobody answered.
            recorded, device = Recorded(account, [], []), self._before
        elif self._scope == ON_ACCOUNT:
            recorded = self._record(found._replace(account=account), targets, seen_version)
            device = self._joined_device(recorded, targets)
        else:
            recorded, device = Recorded(account, [], []), self._apart_device(targets)
        keeps = not is_new or recorded.account != found.account
        found = found._replace(account=recorded.account)
        self.outcome = Outcome(found, device, recorded.confirm, [*unseen, *recorded.unseen])
        receipt = self._receipt(recorded, found, device, number if keeps else None)

        def save() -> None:
            if keeps:
                subjects.save(connection, self._signed_in, found, number)
            if keeps and self._scope == ON_ACCOUNT:
                self._announce(connection, found, number, receipt)
            if self._scope == ON_ACCOUNT and any(targets.values()) and self._signed_in.token:
                token = self._signed_in.token
                store.use_token(connection, self._signed_in.site_id, token.jti, token.exp + LATE_SECONDS)

        return PreparedReceipt(receipt, save)

    def _announce(self, connection: Connection, found: Found, number: str, receipt: NewReceipt) -> None:
        shared, shown = self._shared, self._shared.shown
        answers = {name: answer for name, answer in shared.choice.groups.items() if answer is not None}
        answers |= {VENDOR + name: answer for name, answer in shared.choice.vendors.items()}
        announce_account(
            self._context,
            connection,
            shown.config,
            self._signed_in,
            found,
            number,
            resolved=shared.resolved,
            day=shared.now.today,
            place=Place(shown.fields.country, shown.fields.subdivision),
            answers=answers,
            action=receipt.action,
            method=receipt.method,
            time=receipt.time,
            receipt_id=receipt.id,
        )

    def _is_busy(self, connection: Connection, number: str) -> bool:
        """Return whether the account has reached its limit of grants per hour."""
        since, site_id = self._time - HOUR_SECONDS, self._signed_in.site_id
        return receipts.grants_of_account(connection, site_id, number, since) >= MAX_GRANTS

    def _refusals_of(self, targets: Mapping[str, bool]) -> tuple[dict[str, bool], list[str]]:
        """Return the refusals, and the grants that are left out. Raises ApiError 429 if there are no refusals."""
        refusals: dict[str, bool] = {name: answer for name, answer in targets.items() if not answer}
        if not refusals:
            message = "Too many grants from this account; try again in an hour."
            raise ApiError(429, "rate_limited", message, retry_after=HOUR_SECONDS)
        return refusals, [name for name, answer in targets.items() if answer]

    def _with_signal(self, found: Found) -> tuple[Account, int]:
        """Return the account with this request's signal, and the version that the visitor has seen."""
        seen_version = self._fields.get("seen", 0)
        visit, place = self._visit, self._visit.place
        acts = visit.config.resolved_at(place.country, place.subdivision, self._shared.now.moment)["gpc"]
        if not ((visit.signals.gpc or self._fields["method"] == "gpc") and acts) or found.account.gpc:
            return found.account, seen_version
        account = with_signal(found.account)
        # A visitor who saw the current version and was shown the signal has also seen the new version.
        is_up_to_date = seen_version == found.account.version or found.number is None
        return account, account.version if is_up_to_date and self._known_signals & GPC else seen_version

    @property
    def _known_signals(self) -> int:
        """Return the signals that were shown to the visitor, including the account's if it was on screen."""
        return self._shared.choice.told | (GPC if self._fields["conflict_shown"] else 0)

    def _targets(self, connection: Connection) -> tuple[dict[str, bool], list[str]]:
        """Return the answers that count, and the grants for which the token is too old or already used.

        Raises ApiError 403 if no answer counts.
        """
        choice = self._shared.choice
        answers = {name: answer for name, answer in choice.groups.items() if answer is not None}
        answers |= {VENDOR + name: answer for name, answer in choice.vendors.items()}
        token = self._signed_in.token
        is_late = token is not None and token.late > 0
        is_used = (
            token is not None
            and self._scope == ON_ACCOUNT
            and store.is_used(connection, self._signed_in.site_id, token.jti)
        )
        if not (is_late or is_used):
            return answers, []
        refusals: dict[str, bool] = {name: answer for name, answer in answers.items() if not answer}
        if not refusals or (token is not None and token.late > LATE_SECONDS):
            if is_late:
                raise ApiError(403, "subject_expired", "The subject token has expired; request a new one.")
            raise ApiError(403, "subject_used", "This subject token was already used for a grant; request a new one.")
        return refusals, [name for name, answer in answers.items() if answer]

    def _record(self, found: Found, targets: Mapping[str, bool], seen_version: int) -> Recorded:
        choice = self._shared.choice
        answer = Answer(
            targets,
            choice.day,
            choice.letters,
            seen_version,
            self._known_signals,
            self._id,
            self._fields.get("confirmed", False),
            refused_targets(self._before.own),
        )
        return record_answer(found.account, answer, self._shared.resolved)

    def _joined_device(self, recorded: Recorded, targets: Mapping[str, bool]) -> Device:
        """Return the device after an account answer, which replaces its own choice if it grants what that refuses."""
        own, resolved = self._before.own, self._shared.resolved
        left_out = {*recorded.confirm, *recorded.unseen}
        granted = {name for name, answer in targets.items() if answer and name not in left_out}
        vendors = Vendors(resolved)
        names = {name for target in granted for name in (target, *vendors.groups_of(target))}
        mode = ACCOUNT if names & refused_targets(own) or self._before.mode == ACCOUNT else JOINED
        refused = {name for name, answer in targets.items() if not answer}
        if refused and resolved["scope"] == SALE_SCOPE:
            # 11 CCR 7025(c)(1) covers both the browser and the consumer, so the refusal stays here after sign-out.
            own = self._amended(own, self._refused_part(refused))
        return Device(mode, 0, own)

    def _apart_device(self, targets: Mapping[str, bool]) -> Device:
        """Return the device after an answer for it alone; a partial answer keeps the lower version seen."""
        before, choice, seen = self._before, self._shared.choice, self._fields.get("seen", 0)
        if before.mode == APART and None in choice.groups.values():
            seen = min(seen, before.seen)
        groups = {group: choice.groups[group] if group in targets else None for group in OPTIONAL}
        vendors = {name: answer for name, answer in choice.vendors.items() if VENDOR + name in targets}
        return Device(APART, seen, self._amended(before.own, replace(choice, groups=groups, vendors=vendors)))

    def _refused_part(self, refused: set[str]) -> Choice:
        choice = self._shared.choice
        groups = {group: False if group in refused else None for group in OPTIONAL}
        vendors = {name: False for name in choice.vendors if VENDOR + name in refused}
        return replace(choice, groups=groups, vendors=vendors)

    def _amended(self, before: Choice | None, now: Choice) -> Choice:
        choice = amended(before, now, self._shared.resolved["life"]) if before else now
        try:
            format_choice(choice)
        except ChoiceTooLongError:
            return now
        return choice

    def _receipt(self, recorded: Recorded, found: Found, device: Device, number: str | None) -> NewReceipt:
        effective = self._effective(found, device)
        grants = any(effective.values()) or any(self._shared.choice.vendors.values())
        record = self._shared.record.with_values(**effective, expires=self._shared.expiry(grants=grants))
        claims: dict[str, object] = {
            **self._shared.claims(self._visit, record),
            "schema": SECOND_SCHEMA,
            "scope": self._scope,
            "id": self._id,
            "time": utc(self._time),
        }
        if recorded.was_confirmed:
            claims["confirmed"] = True
        if recorded.over_refusal:
            claims["over_refusal"] = True
        salt, secret = new_salt(), self._secret()
        visitor = visitor_of(self._context.keys.secret, secret) if secret else None
        previous = self._latest.id if self._latest and visitor else None
        personal = canonical_without_floats(
            {
                "visitor": visitor,
                "previous": previous,
                "browser": self._shared.now.browser,
                "page_group": None,
                "chosen_at": self._posted.chosen_at,
                "account": number,
            }
        )
        claims["pd"] = canonical_digest(salt, personal)
        jws = self._context.receipts.signer.sign(claims)
        receipt = record.with_values(
            id=self._id,
            time=self._time,
            jws=jws,
            leaf_hash=leaf_hash(jws.encode()),
            key=self._posted.key,
            body=self.body,
            visitor=visitor,
            previous=previous,
            salt=salt,
            key_salt=b"",
            personal=personal.decode(),
            account=number,
        )
        event = self._device_event(receipt, found, device) if self._scope == ON_DEVICE else None
        return receipt.with_values(event=event) if event else receipt

    def _device_event(self, receipt: NewReceipt, found: Found, device: Device) -> NewEvent | None:
        """Return the event for a device that is kept apart, which contains nothing about its account."""
        shared, here = self._shared, self._join_visit()
        joined = join_choices(found.account, device.own, device.mode, device.seen, here)
        signals = replace(shared.signals, gpc=joined.gpc)
        config = shared.shown.config
        return browser_event(
            self._context,
            self._request,
            config,
            receipt,
            requested=shared.requested,
            allowed=allowed_by_choice(config, shared.resolved, shared.now.today, signals, joined.choice),
            chosen_at=self._posted.chosen_at,
            is_known=receipt.visitor is not None,
            scope=DEVICE_SCOPE,
        )

    def _join_visit(self) -> JoinVisit:
        shared = self._shared
        return JoinVisit(
            shared.resolved, shared.now.today, shared.signals.gpc, shared.signals.age_band, shared.signals.age
        )

    def _effective(self, found: Found, device: Device) -> dict[str, bool | None]:
        """Return the effective answers where the choice was shown, with account and device joined."""
        shared, place = self._shared, self._shared.shown.fields
        joined = join_choices(found.account, device.own, device.mode, device.seen, self._join_visit())
        signals = replace(shared.signals, gpc=joined.gpc)
        text = format_choice(joined.choice) if joined.choice else ""
        granted = granted_groups(
            shared.shown.config, place.country, place.subdivision, shared.now.moment, signals, text
        )
        return {group: value and group in granted for group, value in shared.requested.items()}

    def _secret(self) -> str | None:
        """Return the secret that links the receipt to this browser, or None for an answer of the account.

        Someone else may sign in on the browser next.
        """
        if self._scope == ON_ACCOUNT:
            return None
        return read_secret(self._request, self._visit.config)

    @property
    def is_linked(self) -> bool:
        """Return whether a cookie of this browser links to the receipt."""
        return self._secret() is not None

    def visit_at(self, now: float) -> AccountVisit:
        """Return the visit after the choice or, for a repeat, as it is now."""
        if self.outcome is None:
            return account_visit(self._visit, self._context.privacy.subjects.find(self._signed_in), self._before, now)
        return account_visit(self._visit, self.outcome.found, self.outcome.device, now)

    def cookies(self, at: AccountVisit) -> AccountCookies:
        """Return the changes to the site's cookies."""
        return AccountCookies(self._request, at, is_https=self._context.settings.is_https)
