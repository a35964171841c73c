"""What leaves the scanning process has the fields that its visits record."""

from dataclasses import fields

import pytest

from consent.scanner.model import scan_result, visit_record


@pytest.mark.parametrize(
    ("recorded", "result"),
    [
        (visit_record.Request, scan_result.RequestResult),
        (visit_record.Write, scan_result.WriteResult),
        (visit_record.PageRecord, scan_result.PageResult),
        (visit_record.Choice, scan_result.ChoiceResult),
        (visit_record.Visit, scan_result.VisitResult),
    ],
)
def test_a_result_has_the_fields_that_are_recorded(recorded: type, result: type) -> None:
    assert {one.name for one in fields(recorded)} == result.__annotations__.keys()
