"""Checks of a page by axe-core: what it breaks of WCAG 2.2 AA and of axe's best practices."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(found => found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 200)).join(" | ")))"""
WCAG = RUN.replace(', "best-practice"', "")
"""The success criteria alone: a page of others has its own ideas of what is best."""


def page_problems(page: Page, rules: str = RUN) -> list[str]:
    """Return what axe finds on the page as it stands, and whether it is wider than the window.

    The page keeps its own content security policy.
    """
    # Colors are those of an earlier frame until the styles are there and drawn, and on their way while one goes over
    # into another, as a button's does when the pointer leaves it.
    page.wait_for_load_state("load")
    page.evaluate(
        "new Promise(done => { requestAnimationFrame(() => requestAnimationFrame(done)); setTimeout(done, 500) })"
    )
    page.evaluate(
        """for (const change of document.getAnimations()) {
          if (Number.isFinite(change.effect?.getComputedTiming().endTime)) change.finish()
        }"""
    )
    page.evaluate(AXE.read_text("utf-8"))
    problems: list[str] = page.evaluate(rules)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append("wider than the window")
    return problems


def violated_rules(page: Page) -> list[str]:
    """Return the ids of the rules that axe, which is in the page already, finds violated."""
    return [violation.partition(": ")[0] for violation in page.evaluate(RUN)]
