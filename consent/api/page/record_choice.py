"""POST /api/v1/sites/<site>/receipts: record one choice as a signed receipt, durable before the response."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer, json_bytes
from consent.api.http.site import cors, find_site
from consent.api.page.account_choice import AccountChoice
from consent.api.page.account_visit import account_decision, read_signed_in
from consent.api.page.choice_body import RequestedChoice, parse_choice_body
from consent.api.page.choice_cookies import deletions, read_secret
from consent.api.page.decision import decision_json
from consent.api.page.import_choice import METHOD, read_import, read_import_visit
from consent.api.page.receipt_builder import ChoiceWrite, Circumstances, SharedChoice, read_circumstances
from consent.api.page.shown_config import ShownConfig, read_shown
from consent.api.page.visit_context import Visit, limit_writes, read_visit
from consent.core.choice import ChoiceTooLongError
from consent.core.receipt import OWN_LAYER
from consent.core.tcf.choice import TcfChoice, derived, format_tcf, granted_of
from consent.runtime.compiled_config import CompiledConfig, day_of_time
from consent.signing.receipt_claims import visitor_of
from consent.storage.receipts import receipts as store
from consent.storage.receipts.new_receipt import (
    KeyErasedError,
    KeyReusedError,
    NewReceipt,
    RejectedRowError,
    Stored,
    WriterUnavailableError,
)
from consent.storage.receipts.receipts import Latest
from consent.storage.statistics.event_counters import Refusal

RETRY_SECONDS = 5


def answer_receipt_write(context: ApiContext, request: Request, site: str) -> Answer:
    """Record a choice: 201 with the receipt, 200 with the same one for a repeat, 409 if another choice used its key."""
    with _counting_refusals(context, site):
        limit_writes(context, request)
        config = find_site(context, site)
        headers = _headers(config, request)
        content = request.json_body()
        posted = parse_choice_body(content) if _is_special(content) else None
        if posted and posted.fields["method"] == METHOD:
            visit = read_import_visit(context, request, config)
            read = partial(read_import, context, request, visit, posted)
        else:
            visit = read_visit(context, request, config)
            if posted and "subject" in posted.fields:
                return _write_signed_in(context, request, visit, posted, headers)
            read = partial(_read_posted, context, request, visit, content)
        latest = latest_receipt(context, request, config)
        write = ReceiptWrite(context, visit, partial(read, latest), headers)
        return write.answer_to(store_receipt(context, write.make))


def begin_receipt_write(
    context: ApiContext, request: Request, site: str, wake: Callable[[], object]
) -> "ReceiptWrite | None":
    """Queue a choice whose answer is ready after `wake`.

    Return None, without queuing it, if it may wait for the database. Raises ApiError.
    """
    if _may_block(context, request, site):
        return None
    with _counting_refusals(context, site):
        limit_writes(context, request)
        config = find_site(context, site)
        headers, content = _headers(config, request), request.json_body()
        visit = read_visit(context, request, config)
        write = ReceiptWrite(context, visit, partial(_read_posted, context, request, visit, content, None), headers)
        write.begin(wake)
        return write


def _may_block(context: ApiContext, request: Request, site: str) -> bool:
    try:
        is_linked = read_secret(request, find_site(context, site)) is not None
        return is_linked or request.header("Authorization") is not None or _is_special(request.body())
    except ApiError:
        return False


def _is_special(content: bytes) -> bool:
    """Return whether a choice may come from another tool or from a signed-in visitor.

    An escape such as `\\u0069` can hide either word.
    """
    return b'"import"' in content or b'"subject"' in content or b"\\u" in content


def _headers(config: CompiledConfig, request: Request) -> list[tuple[str, str]]:
    return [*cors(config, request), NO_STORE]


def _write_signed_in(
    context: ApiContext, request: Request, visit: Visit, posted: RequestedChoice, headers: list[tuple[str, str]]
) -> Answer:
    """Record the choice of a signed-in visitor, changing the account in the same transaction."""
    if not context.receipts.writer.is_available:
        raise _unavailable_error()
    signed_in = read_signed_in(context, request, visit.config, posted.fields["subject"])
    time = int(context.clock())
    now = read_circumstances(request, visit.config, posted.chosen_at, time)
    shared = _shared_choice(context, visit, posted, now)
    latest = latest_receipt(context, request, visit.config)
    choice = AccountChoice(context, request, visit, posted, shared, signed_in, time=time, latest=latest)
    stored = _store(
        context,
        lambda: context.privacy.subjects.receipts.write(
            (visit.config.site_id, posted.key), choice.body, time, choice.lock, choice.make
        ),
    )
    context.privacy.subjects.drop(signed_in)
    at = choice.visit_at(time)
    decision = account_decision(context, at, time)
    cookies = choice.cookies(at)
    left_out = choice.outcome or ((), ())
    facts = {
        "id": stored.id,
        "receipt": stored.jws,
        "linked": choice.is_linked,
        "decision": decision,
        "account": decision["account"],
        "own": at.device.text,
        "choice": at.choice_text,
        "confirm": list(left_out[-2]),
        "unseen": list(left_out[-1]),
    }
    deletion_headers = deletions(request, cookies, at.visit, at.resolved, now.today)
    return json_answer(facts, 201 if stored.created else 200, [*headers, *cookies.headers(), *deletion_headers])


class ReceiptWrite:
    """A choice whose receipt is made in the writer's thread, with the other parts of its answer."""

    def __init__(
        self, context: ApiContext, visit: Visit, read: Callable[[], ChoiceWrite], headers: list[tuple[str, str]]
    ) -> None:
        self._context, self._visit, self._read, self._headers = context, visit, read, headers
        self._writer = context.receipts.writer

    def make(self) -> NewReceipt:
        """Return the signed receipt. Raises ApiError for a choice that can't be recorded."""
        write = self._read()
        receipt = write.receipt()
        chosen = self._visit._replace(choice=write.cookies.value, by_token=True, tcf=write.cookies.tcf_value)
        self._decision = decision_json(self._context, chosen, write.time)
        self._linked = "true" if write.cookies.keeps_id else "false"
        self._headers += write.headers()
        return receipt

    def begin(self, wake: Callable[[], object]) -> None:
        """Queue the receipt; `wake` is called once `answer` has a result. Raises ApiError."""
        try:
            self._pending = self._writer.begin(self.make, wake)
        except WriterUnavailableError:
            raise _unavailable_error() from None

    @property
    def timeout(self) -> float:
        """Return how long to wait for `wake`, in seconds."""
        return self._writer.timeout

    def answer(self, *, in_time: bool) -> Answer:
        """Return the answer after `wake` or, if `in_time` is false, after `timeout`. Raises ApiError."""
        with _counting_refusals(self._context, self._visit.config.site):
            return self.answer_to(_store(self._context, lambda: self._writer.result(self._pending, in_time=in_time)))

    def answer_to(self, stored: Stored) -> Answer:
        """Return the answer to a choice that is durable."""
        # Neither an id nor a JWS contains a character that JSON escapes.
        head = f'{{"id":"{stored.id}","receipt":"{stored.jws}","linked":{self._linked},"decision":'.encode()
        return json_bytes(head + self._decision + b"}", 201 if stored.created else 200, self._headers)


@contextmanager
def _counting_refusals(context: ApiContext, site: str) -> Iterator[None]:
    """Count each refusal of a choice among the events of its site."""
    try:
        yield
    except ApiError as error:
        _count_refusal(context, site, error.code)
        raise
    except SQLAlchemyError:
        _count_refusal(context, site, "unavailable")
        raise


def _count_refusal(context: ApiContext, site: str, code: str) -> None:
    live = context.configs.live.versions.get(site)
    if live is not None:
        context.buffers.events.add(Refusal(live.site_id, day_of_time(context.clock()), code))


def _read_posted(
    context: ApiContext, request: Request, visit: Visit, content: bytes, latest: Latest | None
) -> ChoiceWrite:
    """Return the choice in a body, parsed in the writer's thread too. Raises ApiError as `read_choice` does."""
    return read_choice(context, request, visit, parse_choice_body(content), latest)


def read_choice(
    context: ApiContext, request: Request, visit: Visit, posted: RequestedChoice, latest: Latest | None
) -> ChoiceWrite:
    """Return the choice `posted`, after the receipt `latest`. Raises ApiError if it can't be recorded."""
    time = context.clock()
    now = read_circumstances(request, visit.config, posted.chosen_at, time)
    if posted.form.is_cached:
        # The whole visit except the browser's cookies.
        key = (posted.form, now, visit._replace(choice=None, tcf=None))
        shared = context.caches.choices.get(key, lambda: _shared_choice(context, visit, posted, now))
    else:
        shared = _shared_choice(context, visit, posted, now)
    return ChoiceWrite(context, request, visit, posted, shared, time=int(time), latest=latest)


def _shared_choice(context: ApiContext, visit: Visit, posted: RequestedChoice, now: Circumstances) -> SharedChoice:
    shown = read_shown(context, visit.config.site, posted.fields["config"], posted.fields["token"])
    _check_names(posted.fields, shown.config)
    if posted.fields["method"] == OWN_LAYER and not shown.config.is_headless:
        sentence = "This site is not in headless mode."
        raise ApiError(400, "invalid_field", "A field is not valid.", {"method": [sentence]})
    if "tcf" in posted.fields:
        _check_tcf(posted.fields, shown, now)
    try:
        return SharedChoice(visit, shown, posted, now)
    except ChoiceTooLongError as error:
        raise ApiError(400, "too_many_vendors", f"{str(error).capitalize()}.", {"vendors": ["Too many."]}) from None


def _check_names(posted: dict[str, Any], config: CompiledConfig) -> None:
    unknown = [vendor for vendor in posted["vendors"] if vendor not in config.vendor_ids]
    if unknown:
        raise ApiError(
            400,
            "unknown_vendor",
            "Unknown vendor in this config.",
            {f"vendors.{v}": ["Unknown."] for v in unknown},
        )


def _check_tcf(posted: dict[str, Any], shown: ShownConfig, now: Circumstances) -> None:
    """Raise ApiError if purposes and vendors weren't offered that way."""
    config, chosen, errors = shown.config, posted["tcf"], {}
    offer = config.resolved_at(shown.fields.country, shown.fields.subdivision, now.moment).get("tcf")
    if offer is None:
        errors["tcf"] = "TCF does not apply to visitors from this place."
    else:
        choice = TcfChoice(now.day, screen=0, **chosen)
        every = derived(offer, "accept_all", {}, day=now.day, screen=0, language=choice.language)
        if chosen["key"] != offer["key"]:
            errors["tcf.key"] = "Does not match what this config offers."
        if chosen["language"] not in config.document["tcf"]["texts"]:
            errors["tcf.language"] = "The texts are not available in this language."
        if posted["action"] == "accept_all" and granted_of(offer, choice) != granted_of(offer, every):
            errors["tcf"] = "accept_all cannot refuse anything."
        if format_tcf(choice) is None:
            errors["tcf"] = "Too long for a cookie; use the shortest form of each set."
    if errors:
        raise ApiError(400, "invalid_field", "A field is not valid.", {name: [text] for name, text in errors.items()})


def latest_receipt(context: ApiContext, request: Request, config: CompiledConfig) -> Latest | None:
    """Return the last receipt of this browser, if it has the secret that links them."""
    secret = read_secret(request, config)
    if secret is None:
        return None
    with context.engine.connect() as connection:
        return store.latest_of_visitor(connection, config.site_id, visitor_of(context.keys.secret, secret))


def store_receipt(context: ApiContext, make: Callable[[], NewReceipt]) -> Stored:
    """Return the committed receipt built by `make` in the writer's thread. Raises ApiError if none is committed."""
    return _store(context, lambda: context.receipts.writer.write(make))


def _store(context: ApiContext, write: Callable[[], Stored]) -> Stored:
    try:
        stored = write()
    except KeyReusedError:
        raise ApiError(409, "key_reused", "This idempotency key was used for another choice.") from None
    except KeyErasedError:
        raise ApiError(410, "erased", "The receipt with this key has been erased.") from None
    except RejectedRowError:
        raise ApiError(400, "invalid_field", "The choice was not stored.") from None
    except WriterUnavailableError:
        raise _unavailable_error() from None
    context.monitoring.written.add()
    return stored


def _unavailable_error() -> ApiError:
    return ApiError(503, "unavailable", "The choice was not stored; try again.", retry_after=RETRY_SECONDS)
