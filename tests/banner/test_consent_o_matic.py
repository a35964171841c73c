"""The Consent-O-Matic rule in docs/examples, executed as the tool's README describes."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.banner.payload import make_payload
from tests.banner.service import Service

RULE = Path(__file__).parents[2] / "docs" / "examples" / "consent-o-matic.json"
CARRIES_OUT = """async ([rule, wanted]) => {
  const find = ({ parent, target }) => {
    const top = parent ? document.querySelector(parent.selector) : document
    const found = [...(top?.shadowRoot ?? top)?.querySelectorAll(target.selector) ?? []]
    return found.filter(node => !target.displayFilter || node.offsetHeight)[0]
  }
  const act = {
    click: config => find(config).click(),
    async waitcss(config) { while (!find(config)) await new Promise(done => setTimeout(done, 20)) },
    async list({ actions }) { for (const one of actions) await act[one.type](one) },
    async consent({ consents }) {
      for (const { type, matcher, toggleAction } of consents) {
        if (find(matcher).checked !== wanted.includes(type)) await act[toggleAction.type](toggleAction)
      }
    },
  }
  const [{ presentMatcher, showingMatcher }] = rule.detectors
  if (![...presentMatcher, ...showingMatcher].every(find)) return false
  for (const name of ["OPEN_OPTIONS", "DO_CONSENT", "SAVE_CONSENT"]) {
    const { action } = rule.methods.find(method => method.name === name)
    await act[action.type](action)
  }
  return true
}"""


@pytest.mark.parametrize(
    ("place", "wanted", "granted"),
    [("DE", "", []), ("DE", "AB", ["functional", "analytics"]), ("US-TX", "F", ["advertising"]), ("US-TX", "", [])],
)
def test_the_rule_for_consent_o_matic_answers_each_group_as_its_user_wants(
    page: Page, service: Service, place: str, wanted: str, granted: list[str]
) -> None:
    [rule] = json.loads(RULE.read_text("utf-8")).values()
    service.payload = make_payload(service.vendors, place)
    page.goto(service.page())
    page.locator("section[role=region] > button").first.wait_for()
    assert page.evaluate(CARRIES_OUT, [rule, [*wanted]])
    choices = service.one_receipt()["choices"]
    assert sorted(group for group in choices if choices[group]) == sorted(granted)
    # When no layer is open, the rule detects nothing.
    page.reload()
    page.wait_for_function("window.consent")
    assert not page.evaluate(CARRIES_OUT, [rule, [*wanted]])
