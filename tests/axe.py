"""Checks a page with axe-core: violations of WCAG 2.2 AA and of axe's best practices."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(found => found.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 200)).join(" | ")))"""
WCAG = RUN.replace(', "best-practice"', "")
"""Success criteria only: third-party pages needn't follow axe's best practices."""


def page_problems(page: Page, rules: str = RUN) -> list[str]:
    """Return what axe finds on the page in its current state, and whether it is wider than the window.

    The page keeps its own content security policy.
    """
    # Until the styles are loaded and painted, axe reads the colors of an earlier frame. It reads intermediate colors
    # during a transition, such as a button's when the pointer leaves it.
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
    """Return the ids of the rules violated on a page that axe is already loaded in."""
    return [violation.partition(": ")[0] for violation in page.evaluate(RUN)]
