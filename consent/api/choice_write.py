"""One choice on its way to a signed receipt: what it comes to, the statement about it, and its row."""

import secrets
from collections.abc import Callable
from typing import Any

from consent.api.agents import read_agent
from consent.api.answer import ApiError
from consent.api.choice_cookies import Cookies, read_secret
from consent.api.public import Public
from consent.api.request import Request
from consent.api.shown import Shown
from consent.api.visit import Visit
from consent.core.browsers import browser_family
from consent.core.choice import DNT, GPC, Choice, format_choice
from consent.core.days import add_months
from consent.core.decide import Signals
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.proof.canonical import canonical_without_floats
from consent.proof.personal import SALT_BYTES, canonical_digest, visitor_of
from consent.proof.statement import build_statement
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.snapshots.granted import granted_groups
from consent.storage import receipts as store
from consent.storage.new_receipt import KeyErased, KeyReused, NewReceipt, RowRefused, Stored, WriterUnavailable

LATE_S = 300
"""A choice that arrives later than this after it was made was waiting in the browser."""
RETRY_S = 5


class ChoiceWrite:
    """One choice on its way to a receipt."""

    def __init__(
        self,
        public: Public,
        request: Request,
        visit: Visit,
        shown: Shown,
        asked: dict[str, Any],
        body: dict[str, Any],
        latest: str | None,
    ) -> None:
        self.public, self.visit, self.shown, self.asked, self.body = public, visit, shown, asked, body
        self._latest = latest
        # One call for all: each one lets go of the interpreter's lock, and on a busy service waits to get it back.
        self.random = secrets.token_bytes(16 + SALT_BYTES + 16 + 16)
        self.time = int(public.clock())
        self.today = day_of_time(self.time)
        self.signals = Signals(visit.signals.gpc or asked["method"] == "gpc", visit.signals.dnt, asked["age_band"])
        self.resolved = shown.config.resolved(shown.fields.country, shown.fields.subdivision, self.today)
        # The browser's word counts only to tell an old choice from a new one.
        self.late = asked["chosen_at"] is not None and self.time - asked["chosen_at"] > LATE_S
        self.requested = {group: asked["choices"].get(group) for group in OPTIONAL}
        self.choice = self._choice()
        text = format_choice(self.choice)
        self.effective = self._effective(text)
        self.expires = self._expires()
        self.cookies = Cookies(
            request,
            visit.config,
            self.choice,
            text=text,
            late=self.late,
            from_page=asked["chosen_at"] is not None,
            grants=any(self.effective.values()) or any(asked["vendors"].values()),
            keep_proof=asked["keep_proof"],
            fresh=self.random[-16:].hex(),
            is_https=public.is_https,
        )
        agent = request.header("User-Agent") or ""
        self.browser, self.agent = browser_family(agent), read_agent(agent)
        # A page of receipts may stand on the service's own host, which is none of the site's.
        self.origin_checked = request.header("Origin") in visit.config.origins

    def _effective(self, text: str) -> dict[str, bool | None]:
        """Return what the choice comes to: a grant that an age or a signal overrides is none."""
        config, place = self.shown.config, (self.shown.fields.country, self.shown.fields.subdivision)
        granted = granted_groups(config, *place, self.today, self.signals, text)
        return {group: value and group in granted for group, value in self.requested.items()}

    def _choice(self) -> Choice:
        told = (GPC * self.signals.gpc + DNT * self.signals.dnt) if self.asked["conflict_shown"] else 0
        chosen = self.asked["chosen_at"]
        day = min(self.today, day_of_time(chosen)) if self.late and chosen > 0 else self.today
        return Choice(
            day,
            self.shown.fields.regime,
            self.requested,
            {group: self.resolved["groups"][group]["keys"][0] for group in OPTIONAL},
            self.asked["vendors"],
            told,
            self.resolved["letters"],
        )

    def receipt(self) -> NewReceipt:
        """Return the signed receipt, ready for the writer."""
        receipt_id, salt = self.random[:16].hex(), self.random[16 : 16 + SALT_BYTES]
        secret = self.cookies.secret
        visitor = visitor_of(self.public.keys.secret, secret) if secret else None
        personal = {
            "visitor": visitor,
            "previous": self._latest if secret and not self.cookies.is_new else None,
            "browser": self.browser,
            "page_group": None,
            "chosen_at": self.asked["chosen_at"],
        }
        personal_text = canonical_without_floats(personal)
        claims = self._claims(receipt_id, canonical_digest(salt, personal_text))
        jws = self.public.signer.sign(claims)
        return self._row(receipt_id, jws, salt, personal, personal_text)

    def _claims(self, receipt_id: str, digest: str) -> dict[str, Any]:
        asked, shown, place = self.asked, self.shown, self.visit.place
        return build_statement(
            id=receipt_id,
            site=shown.config.site,
            time=self.time,
            action=asked["action"],
            method=asked["method"],
            requested=self.requested,
            effective=self.effective,
            vendors=asked["vendors"],
            config=shown.config.name,
            text=shown.text,
            language=shown.fields.language,
            variant=shown.fields.variant,
            layer=asked["layer"],
            regime=shown.fields.regime,
            rules_version=shown.fields.rules_version,
            place=shown.place,
            place_at_write={"country": place.country, "subdivision": place.subdivision, "source": place.source},
            delayed=self.late,
            signals={
                "gpc": self.visit.signals.gpc,
                "dnt": self.visit.signals.dnt,
                "age_band": asked["age_band"],
            },
            conflict_shown=asked["conflict_shown"],
            origin_checked=self.origin_checked,
            expires=self.expires,
            pd=digest,
        )

    @property
    def arrival(self) -> str:
        """Return how the choice came (`ChoiceCount`): a page always tells when it was made, whoever passes it on."""
        if self.asked["chosen_at"] is None or self.asked["method"] == "import":
            return "direct"
        return "late" if self.late else "prompt"

    def _expires(self) -> int | None:
        """Return the time, in unix seconds, when this choice stops counting or may be asked again."""
        granted = any(self.effective.values()) or any(self.asked["vendors"].values())
        months = self.resolved["life"] if granted else self.resolved["keep"]
        return add_months(self.choice.day, months) * 86400

    def _row(self, receipt_id: str, jws: str, salt: bytes, personal: dict[str, Any], text: bytes) -> NewReceipt:
        shown, asked = self.shown, self.asked
        return NewReceipt(
            id=receipt_id,
            time=self.time,
            site_id=shown.config.site_id,
            jws=jws,
            leaf_hash=leaf_hash(jws.encode()),
            key=asked["key"],
            body=canonical_without_floats(self.body),
            action=asked["action"],
            method=asked["method"],
            country=shown.fields.country,
            subdivision=shown.fields.subdivision,
            regime=shown.fields.regime,
            config=shown.config.name,
            language=shown.fields.language,
            variant=shown.fields.variant,
            **self.effective,
            vendors=canonical_without_floats(asked["vendors"]).decode(),
            gpc=self.visit.signals.gpc,
            dnt=self.visit.signals.dnt,
            age_band=asked["age_band"],
            layer=asked["layer"],
            origin_checked=self.origin_checked,
            expires=self.expires,
            visitor=personal["visitor"],
            previous=personal["previous"],
            salt=salt,
            key_salt=self.random[-32:-16],
            personal=text.decode(),
            device=self.agent.device,
            is_bot=self.agent.is_bot,
            arrival=self.arrival,
        )


def latest_receipt(public: Public, request: Request, config: CompiledConfig) -> str | None:
    """Return the id of the last receipt of this browser, where it holds the secret that links them."""
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
