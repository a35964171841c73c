"""schemathesis against the OpenAPI document: no response is a 5xx, and each matches the document."""

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from consent.api.http.authentication import SCOPES

pytestmark = [pytest.mark.attack, pytest.mark.extended]

PLAIN = {"Accept-Encoding": "identity"}


@pytest.mark.parametrize("examples", [5, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_no_answer_is_a_server_error_and_each_fits_the_document(shop, examples):
    # Imported here, since otherwise each process that collects tests would spend a second on it.
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    checks = [not_a_server_error, response_schema_conformance, status_code_conformance]
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app=shop.service.wsgi_app)
    tokens = strategies.sampled_from([shop.token(scope) for scope in SCOPES] + [shop.token(*SCOPES)])
    seen = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        seen.add(operation.path)

        @given(operation.as_strategy(), tokens)
        @settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
        def answers_as_documented(case, token):
            if "{site}" in case.path:
                case.path_parameters["site"] = "shop"
            case.call_and_validate(checks=checks, headers=PLAIN)
            case.call_and_validate(checks=checks, headers=PLAIN | {"Authorization": token})

        answers_as_documented()
    assert "/api/v1/sites/{site}/receipts" in seen
