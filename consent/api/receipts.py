"""POST /api/v1/sites/<site>/receipts: record one choice as a signed receipt, durable before it is acknowledged."""

from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from consent.api.answer import Answer, ApiError, json_bytes
from consent.api.asked import Asked, read_asked
from consent.api.choice_write import ChoiceWrite, Circumstances, Common, keep, latest_receipt, read_circumstances
from consent.api.decision import ready_decision
from consent.api.public import Public
from consent.api.refused_cookies import deletions
from consent.api.request import Request
from consent.api.shown import read_shown
from consent.api.visit import Visit, cors, find_site, limit_writes, read_visit
from consent.core.choice import ChoiceTooLong
from consent.snapshots.compile import CompiledConfig, day_of_time
from consent.storage.event_counts import Refusal
from consent.storage.new_receipt import NewReceipt
from consent.storage.receipts import Latest


def answer_receipt_write(public: Public, request: Request, site: str) -> Answer:
    """Record a choice: 201 with the receipt, 200 with the same one for a repeat, 409 for a key used for another choice."""
    try:
        return _write(public, request, site)
    except ApiError as error:
        _count_refusal(public, site, error.code)
        raise
    except SQLAlchemyError:
        _count_refusal(public, site, "unavailable")
        raise


def _write(public: Public, request: Request, site: str) -> Answer:
    limit_writes(public, request)
    config = find_site(public, site)
    headers = [*cors(config, request), ("Cache-Control", "no-store")]
    writing = _Writing(public, request, read_visit(public, request, config))
    stored = keep(public, writing.make)
    # Neither an id nor a JWS has a character that JSON would escape.
    said = f'{{"id":"{stored.id}","receipt":"{stored.jws}","linked":{writing.linked},"decision":'.encode()
    answer = said + writing.decision + b"}"
    return json_bytes(answer, 201 if stored.created else 200, [*headers, *writing.headers])


class _Writing:
    """One request whose receipt the writer's thread makes, and with it what the answer needs besides."""

    def __init__(self, public: Public, request: Request, visit: Visit) -> None:
        self._public, self._request, self._visit = public, request, visit
        # What waits, for the body or for the database, is done before.
        self._content = request.json_body()
        self._latest = latest_receipt(public, request, visit.config)

    def make(self) -> NewReceipt:
        """Return the signed receipt. Raises ApiError for a choice that cannot be recorded."""
        public, request, visit = self._public, self._request, self._visit
        write = read_choice(public, request, visit, read_asked(self._content), self._latest)
        receipt = write.receipt()
        chosen = visit._replace(choice=write.cookies.value, by_token=True)
        self.decision = ready_decision(public, chosen, write.today).body
        self.linked = "true" if write.cookies.keeps_id else "false"
        self.headers = [*write.cookies.headers(), *deletions(request, write)]
        return receipt


def _count_refusal(public: Public, site: str, code: str) -> None:
    config = public.live.get(site)
    if config is not None:
        public.counter.add(Refusal(config.site_id, day_of_time(public.clock()), code))


def read_choice(public: Public, request: Request, visit: Visit, asked: Asked, latest: Latest | None) -> ChoiceWrite:
    """Return the choice `asked` for, after the receipt `latest`. Raises ApiError for one that cannot be recorded."""
    time = public.clock()
    now = read_circumstances(request, visit.config, asked.chosen_at, time)
    if asked.form.is_kept:
        # All of the visit but what the browser's cookie says.
        key = (asked.form, now, visit._replace(choice=None))
        common = public.choices.get(key, lambda: _common(public, visit, asked, now))
    else:
        common = _common(public, visit, asked, now)
    return ChoiceWrite(public, request, visit, asked, common, time=int(time), latest=latest)


def _common(public: Public, visit: Visit, asked: Asked, now: Circumstances) -> Common:
    shown = read_shown(public, visit.config.site, asked.fields["config"], asked.fields["token"])
    _check_names(asked.fields, shown.config, by_token=visit.by_token)
    try:
        return Common(visit, shown, asked, now)
    except ChoiceTooLong as error:
        raise ApiError(400, "too_many_vendors", f"{str(error).capitalize()}.", {"vendors": ["Too many."]}) from None


def _check_names(asked: dict[str, Any], config: CompiledConfig, *, by_token: bool) -> None:
    unknown = [vendor for vendor in asked["vendors"] if vendor not in config.vendor_ids]
    if unknown:
        raise ApiError(
            400,
            "unknown_vendor",
            "A vendor is not in this config.",
            {f"vendors.{v}": ["Unknown."] for v in unknown},
        )
    if asked["method"] == "import" and not by_token:
        raise ApiError(400, "bad_field", "A field cannot be used.", {"method": ["This method needs a token."]})
