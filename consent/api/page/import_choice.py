"""Record a choice made with another consent tool: a receipt that makes no claim about what was shown."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.page.choice_body import RequestedChoice
from consent.api.page.receipt_builder import ChoiceWrite, Circumstances, SharedChoice, read_circumstances
from consent.api.page.shown_config import ShownConfig, read_shown
from consent.api.page.visit_context import SCOPE as DECIDE
from consent.api.page.visit_context import Visit, read_visit
from consent.core.choice import ChoiceTooLongError
from consent.core.days import date_of
from consent.core.decide import Signals
from consent.core.documents.site_settings import OldChoices
from consent.core.groups import OPTIONAL
from consent.core.receipt import NOT_SHOWN, ReceiptClaims
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.receipt_claims import SECOND_SCHEMA
from consent.sites.moving.mapping import mapping_name
from consent.sites.moving.old_choices import (
    ADVERTISING,
    FILE,
    UndatedGrantError,
    answer_day,
    contradicted,
    is_over,
    mapped_groups,
    mapped_key,
    mapped_vendors,
    vendor_groups,
)
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.receipts import Latest

SCOPE = "receipts:import"
METHOD = "import"


class ImportedChoice(SharedChoice):
    """A choice made with another tool, judged by the current config and place."""

    personal: ClassVar[Mapping[str, None]] = {"account": None}

    def __init__(
        self, visit: Visit, shown: ShownConfig, posted: RequestedChoice, now: Circumstances, mapping: OldChoices
    ) -> None:
        self._mapping, self._today, self._by_token = mapping, date_of(now.today), visit.by_token
        fields = posted.fields
        grants = any({**fields["choices"], **fields["vendors"]}.values())
        day = answer_day(mapping, fields["source"]["said_at"], now.today, grants=grants)
        super().__init__(visit, shown, posted, now._replace(day=day))

    def _keys(self) -> dict[str, str]:
        document = self.shown.config.document
        return {group: mapped_key(document, self._mapping, group)["key"][:8] for group in OPTIONAL}

    def _tcf_choice(self) -> None:
        """Return None: the IAB's purposes and vendors weren't part of the answer."""

    @property
    def arrival(self) -> str:
        """Return how the choice arrived: no page reported the one of a server, whatever time it states."""
        return "direct" if self._by_token else super().arrival

    def _record(self, visit: Visit) -> NewReceipt:
        return super()._record(visit).with_values(**NOT_SHOWN)

    def claims(self, visit: Visit, record: NewReceipt) -> ReceiptClaims:
        """Return the claims of a receipt of the second schema: what was shown is null, and the source is named."""
        source: dict[str, Any] = self.fields["source"].copy()
        stated, read_from = source["said_at"], source.pop("read_from")
        day = stated and min(stated, self._today)  # in the browser it may be tomorrow already
        facts: dict[str, Any] = {
            **super().claims(visit, record),
            **dict.fromkeys(("text", *NOT_SHOWN)),
            "schema": SECOND_SCHEMA,
            "judged_by": self.shown.config.name,
            "source": {
                **source,
                "said_at": day and day.isoformat(),
                "from": FILE if visit.by_token else read_from,
            },
        }
        return cast(ReceiptClaims, facts)  # the second schema has more claims, and some are null


def read_import_visit(context: ApiContext, request: Request, config: CompiledConfig) -> Visit:
    """Return the visit of an import: by a page of the site, directly or through its server, or by a server alone.

    Raises ApiError.
    """
    authorization = request.header("Authorization")
    if not authorization:
        return read_visit(context, request, config)
    if request.header("Origin") is not None and context.tokens.allows(authorization, DECIDE, config.site_id):
        # The server knows where the visitor is, but the browser read the choice.
        return read_visit(context, request, config)._replace(by_token=False)
    context.tokens.check(authorization, SCOPE, config.site_id)
    place = Place(None, None, "unknown")  # a server doesn't know where the visitor is now
    return Visit(config, place, Signals(), config.default_language, None, None, True)


def read_import(
    context: ApiContext, request: Request, visit: Visit, posted: RequestedChoice, latest: Latest | None
) -> ChoiceWrite:
    """Return the import `posted`, after the receipt `latest`. Raises ApiError if it can't be recorded."""
    time, fields = context.clock(), posted.fields
    now = read_circumstances(request, visit.config, posted.chosen_at, time)
    shown = read_shown(context, visit.config.site, fields["config"], fields["token"])
    source = fields["source"]
    for config in (visit.config, shown.config):
        mapping = _mapping(config, source["mapping"], source["tool"], now.today)
    _check_fields(posted, mapping, shown.config, now.today, by_token=visit.by_token)
    try:
        shared = ImportedChoice(visit, shown, posted, now, mapping)
    except UndatedGrantError:
        raise _field_error("source.said_at", "A grant requires the date on which it was given.") from None
    except ChoiceTooLongError as error:
        raise _field_error("vendors", f"{str(error).capitalize()}.") from None
    # The receipt's time says when the browser read it; the visitor chose nothing then.
    posted = posted._replace(chosen_at=None)
    return ChoiceWrite(context, request, visit, posted, shared, time=int(time), latest=latest)


def _mapping(config: CompiledConfig, name: str, tool: str, today: int) -> OldChoices:
    """Return the mapping of `config` used for the import. Raises ApiError if there is none or another one."""
    mapping = config.overrides.get("old_choices")
    if mapping is None or is_over(mapping, date_of(today)):
        raise ApiError(403, "no_import", "This site does not accept imported choices.")
    if name != mapping_name(mapping) or tool != mapping["tool"]:
        raise _field_error("source.mapping", "Not the mapping of this site, or of the named config.")
    return mapping


def _check_fields(
    posted: RequestedChoice, mapping: OldChoices, config: CompiledConfig, today: int, *, by_token: bool
) -> None:
    """Raise ApiError if an import goes beyond its mapping, contradicts itself, or claims what its sender can't know."""
    fields = posted.fields
    choices, vendors = fields["choices"], fields["vendors"]
    groups, known = mapped_groups(mapping), mapped_vendors(mapping) & config.vendor_ids
    # A signal that the old tool saw refuses advertising, whatever the mapping names.
    unknown = [
        f"choices.{one}" for one, answer in choices.items() if one not in groups and (answer or one != ADVERTISING)
    ]
    unknown += [f"vendors.{one}" for one in vendors if one not in known]
    errors = {one: ["Not in the mapping."] for one in unknown}
    for vendor in contradicted(mapping, choices, vendors, vendor_groups(config.document, vendors)):
        errors.setdefault(f"vendors.{vendor}", ["A group of this vendor is not granted."])
    if errors:
        raise ApiError(400, "invalid_field", "A field is not valid.", errors)
    if "file" in fields["source"] and not by_token:
        raise _field_error("source.file", "Only servers can send this.")
    stated = fields["source"]["said_at"]
    if stated and stated > date_of(today + 1):
        raise _field_error("source.said_at", "Must not be in the future.")


def _field_error(field: str, sentence: str) -> ApiError:
    return ApiError(400, "invalid_field", "A field is not valid.", {field: [sentence]})
