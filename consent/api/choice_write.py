"""One choice on its way to a signed receipt: what it comes to, the statement about it, and its row."""

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from consent.api.agents import Agent, read_agent
from consent.api.answer import ApiError
from consent.api.asked import Asked
from consent.api.choice_cookies import Cookies, read_secret
from consent.api.public import Public
from consent.api.request import Request
from consent.api.shown import Shown
from consent.api.visit import Visit
from consent.core.ages import letters_of
from consent.core.browsers import browser_family
from consent.core.choice import DNT, GPC, Choice, format_choice
from consent.core.days import add_months
from consent.core.decide import Signals
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.proof.canonical import canonical_without_floats
from consent.proof.personal import SALT_BYTES, canonical_digest, visitor_of
from consent.proof.statement import Frame, build_statement
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.granted import granted_groups
from consent.storage import receipts as store
from consent.storage.new_receipt import KeyErased, KeyReused, NewReceipt, RowRefused, Stored, WriterUnavailable
from consent.storage.receipts import Latest

LATE_S = 300
"""A choice that arrives later than this after it was made was waiting in the browser."""
RETRY_S = 5
ROOM_BITS = 96
"""So much of an id is random, whatever the receipt before."""


class Circumstances(NamedTuple):
    """How a choice came, as far as its receipt says so.

    A choice that is `late` was waiting in the browser. `today` and `day`, of its making, are days since 1970-01-01;
    `site_day` is the one that it is where the site is.
    """

    today: int
    site_day: int
    day: int
    late: bool
    from_page: bool
    origin_checked: bool
    browser: str
    agent: Agent


def read_circumstances(request: Request, config: CompiledConfig, chosen_at: int | None, now: float) -> Circumstances:
    """Return how a choice of the time `chosen_at` comes at `now`, both in unix seconds."""
    today = day_of_time(now)
    # The browser's word counts only to tell an old choice from a new one.
    late = chosen_at is not None and int(now) - chosen_at > LATE_S
    day = min(today, day_of_time(chosen_at)) if late and chosen_at and chosen_at > 0 else today
    agent = request.header("User-Agent") or ""
    # A page of receipts may stand on the service's own host, which is none of the site's.
    checked = request.header("Origin") in config.origins
    family = browser_family(agent)
    return Circumstances(
        today, config.site_day(now), day, late, chosen_at is not None, checked, family, read_agent(agent)
    )


class Common:
    """What all share who were shown and chose the same, with the same signals, agent and origin: made once for them.

    `late` tells that the choice waited in the browser, `day` when it was made, `today` when it came: days since 1970-01-01.
    """

    def __init__(self, visit: Visit, shown: Shown, asked: Asked, now: Circumstances) -> None:
        fields = asked.fields
        self.shown, self.fields, self.now = shown, fields, now
        self.signals = Signals(visit.signals.gpc or fields["method"] == "gpc", visit.signals.dnt, fields["age_band"])
        self.resolved = shown.config.resolved(shown.fields.country, shown.fields.subdivision, now.today)
        self.requested = {group: fields["choices"].get(group) for group in OPTIONAL}
        self.choice = self._choice()
        self.text = format_choice(self.choice)
        self.effective = self._effective()
        self.grants = any(self.effective.values()) or any(fields["vendors"].values())
        self.expires = self._expires()
        self.frame = Frame(self._claims(visit))
        self.row = partial(NewReceipt, **self._columns(visit))
        """Makes the row of one receipt, of what each has for itself."""

    def _effective(self) -> dict[str, bool | None]:
        """Return what the choice comes to: a grant that an age or a signal overrides is none."""
        config, place = self.shown.config, (self.shown.fields.country, self.shown.fields.subdivision)
        granted = granted_groups(config, *place, self.now.today, self.signals, self.text)
        return {group: value and group in granted for group, value in self.requested.items()}

    def _choice(self) -> Choice:
        told = (GPC * self.signals.gpc + DNT * self.signals.dnt) if self.fields["conflict_shown"] else 0
        return Choice(
            self.now.day,
            self.shown.fields.regime,
            self.requested,
            {group: self.resolved["groups"][group]["keys"][0] for group in OPTIONAL},
            self.fields["vendors"],
            told,
            letters_of(self.resolved, self.fields["age_band"]),
        )

    def _claims(self, visit: Visit) -> dict[str, Any]:
        """Return the statement but for id, time and `pd`, which are none."""
        fields, shown, place = self.fields, self.shown, visit.place
        return build_statement(
            id="",
            site=shown.config.site,
            time=0,
            action=fields["action"],
            method=fields["method"],
            requested=self.requested,
            effective=self.effective,
            vendors=fields["vendors"],
            config=shown.config.name,
            text=shown.text,
            language=shown.fields.language,
            variant=shown.fields.variant,
            layer=fields["layer"],
            regime=shown.fields.regime,
            rules_version=shown.fields.rules_version,
            place=shown.place,
            place_at_write={"country": place.country, "subdivision": place.subdivision, "source": place.source},
            delayed=self.now.late,
            signals={"gpc": visit.signals.gpc, "dnt": visit.signals.dnt, "age_band": fields["age_band"]},
            conflict_shown=fields["conflict_shown"],
            origin_checked=self.now.origin_checked,
            expires=self.expires,
            pd="",
        )

    @property
    def arrival(self) -> str:
        """Return how the choice came (`ChoiceCount`): a page always tells when it was made, whoever passes it on."""
        if not self.now.from_page or self.fields["method"] == "import":
            return "direct"
        return "late" if self.now.late else "prompt"

    def _expires(self) -> int | None:
        """Return the time, in unix seconds, when this choice stops counting or may be asked again."""
        months = self.resolved["life"] if self.grants else self.resolved["keep"]
        return add_months(self.choice.day, months) * 86400

    def _columns(self, visit: Visit) -> dict[str, Any]:
        shown, fields = self.shown, self.fields
        return {
            "site_id": shown.config.site_id,
            "action": fields["action"],
            "method": fields["method"],
            "country": shown.fields.country,
            "subdivision": shown.fields.subdivision,
            "regime": shown.fields.regime,
            "config": shown.config.name,
            "language": shown.fields.language,
            "variant": shown.fields.variant,
            **self.effective,
            "vendors": canonical_without_floats(fields["vendors"]).decode(),
            "gpc": visit.signals.gpc,
            "dnt": visit.signals.dnt,
            "age_band": fields["age_band"],
            "layer": fields["layer"],
            "origin_checked": self.now.origin_checked,
            "expires": self.expires,
            "device": self.now.agent.device,
            "is_bot": self.now.agent.is_bot,
            "arrival": self.arrival,
        }


class ChoiceWrite:
    """One choice on its way to a receipt."""

    def __init__(
        self,
        public: Public,
        request: Request,
        visit: Visit,
        asked: Asked,
        common: Common,
        *,
        time: int,
        latest: Latest | None,
    ) -> None:
        self.public, self.visit, self.common, self.time = public, visit, common, time
        self._asked, self._latest, now = asked, latest, common.now
        # One call for all: each one lets go of the interpreter's lock, and on a busy service waits to get it back.
        self.random = secrets.token_bytes(16 + SALT_BYTES + 16 + 16)
        self.cookies = Cookies(
            request,
            visit.config,
            common.choice,
            text=common.text,
            life=common.resolved["life"],
            late=now.late,
            from_page=now.from_page,
            grants=common.grants,
            keep_proof=asked.fields["keep_proof"],
            fresh=self.random[-16:].hex(),
            is_https=public.is_https,
        )

    @property
    def resolved(self) -> dict[str, Any]:
        """Return the config under the rule that was applied to what was shown."""
        return self.common.resolved

    @property
    def today(self) -> int:
        """Return the day on which the choice came."""
        return self.common.now.today

    def receipt(self) -> NewReceipt:
        """Return the signed receipt, ready for the writer."""
        salt = self.random[16 : 16 + SALT_BYTES]
        secret = self.cookies.secret
        visitor = visitor_of(self.public.keys.secret, secret) if secret else None
        before = self._latest if secret and not self.cookies.is_new else None
        previous = before.id if before else None
        receipt_id = id_behind(before, self.time, self.random[:16])
        personal = canonical_without_floats(
            {
                "visitor": visitor,
                "previous": previous,
                "browser": self.common.now.browser,
                "page_group": None,
                "chosen_at": self._asked.chosen_at,
            }
        )
        payload = self.common.frame.payload(receipt_id, self.time, canonical_digest(salt, personal))
        jws = self.public.signer.sign_payload(payload)
        return self.common.row(
            id=receipt_id,
            time=self.time,
            jws=jws,
            leaf_hash=leaf_hash(jws.encode()),
            key=self._asked.key,
            body=self._asked.body,
            visitor=visitor,
            previous=previous,
            salt=salt,
            key_salt=self.random[-32:-16],
            personal=personal.decode(),
        )


def id_behind(before: Latest | None, time: int, drawn: bytes) -> str:
    """Return the id of a receipt of the unix time `time`: `drawn`, or one above that of the same visitor's receipt `before`.

    Receipts of one second are ordered by their ids everywhere, and so the later one stands behind the other. With hardly
    any room left it is `drawn`: nobody may guess an id.
    """
    if before is None or before.time != time or before.id < drawn.hex():
        return drawn.hex()
    room = (1 << 128) - 1 - int(before.id, 16)
    return f"{(1 << 128) - 1 - secrets.randbelow(room):032x}" if room >> ROOM_BITS else drawn.hex()


def latest_receipt(public: Public, request: Request, config: CompiledConfig) -> Latest | None:
    """Return the last receipt of this browser, where it holds the secret that links them."""
    secret = read_secret(request, config)
    if secret is None:
        return None
    with public.engine.connect() as connection:
        return store.latest_of_visitor(connection, config.site_id, visitor_of(public.keys.secret, secret))


def keep(public: Public, make: Callable[[], NewReceipt]) -> Stored:
    """Return what is durable of the receipt that `make` gives, in the writer's thread. Raises ApiError where none is."""
    try:
        stored = public.writer.write(make)
    except KeyReused:
        raise ApiError(409, "key_reused", "This key was used for another choice.") from None
    except KeyErased:
        raise ApiError(410, "erased", "What this key recorded has been erased.") from None
    except RowRefused:
        raise ApiError(400, "bad_field", "The choice cannot be kept.") from None
    except WriterUnavailable:
        raise ApiError(503, "unavailable", "The choice could not be kept; try again.", retry_after=RETRY_S) from None
    public.written.add()
    return stored
