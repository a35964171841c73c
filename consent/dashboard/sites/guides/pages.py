"""Installation guides for HTML pages: plain, static site generators, server templates, Turbo and htmx."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import FOOTER, OWN_CODE, Guide, Step

HTML = Guide(
    "html",
    translatable("Plain HTML"),
    (
        Step(
            translatable("At the top of the head of every page, or of the template that all pages share:"),
            "@head@",
        ),
        FOOTER,
        Step(translatable("On your cookie page, where the list of cookies belongs:"), "@declaration@"),
        OWN_CODE,
        Step(
            translatable(
                "On pages with the line but without the blocker, add this to queue calls until the script has loaded:"
            ),
            "<script>\n"
            "window.consent ||= { calls: [] };\n"
            'for (const name of ["when", "open", "set", "withdraw"])\n'
            "  consent[name] ||= (...args) => new Promise((done) => consent.calls.push([name, args, done]));\n"
            "</script>\n"
            "@line@",
        ),
    ),
)
JEKYLL = Guide(
    "jekyll",
    "Jekyll",
    (
        Step(
            translatable("In _layouts/default.html, or in the layout of your theme copied there, first in the head:"),
            "{% raw %}@head@{% endraw %}",
        ),
        FOOTER,
        OWN_CODE,
    ),
)
HUGO = Guide(
    "hugo",
    "Hugo",
    (
        Step(
            translatable(
                "In a new file consent.html in the website's folder, not among the layouts, because Hugo changes "
                "code in layouts:"
            ),
            "@head@",
        ),
        Step(
            translatable(
                "In layouts/_default/baseof.html, or in the one of your theme copied there, first in the head:"
            ),
            '{{ readFile "consent.html" | safeHTML }}',
        ),
        FOOTER,
        OWN_CODE,
    ),
)
TEMPLATES = Guide(
    "templates",
    translatable("Django, Flask and Jinja templates"),
    (
        Step(
            translatable("First in the head of the base template, in Django:"), "{% verbatim %}@head@{% endverbatim %}"
        ),
        Step(translatable("In Flask and Jinja:"), "{% raw %}@head@{% endraw %}"),
        Step(
            translatable("With a nonce in your policy, put it on both; in Django:"),
            '<script nonce="{{ request.csp_nonce }}" async src="@script@"></script>',
        ),
        FOOTER,
        OWN_CODE,
        Step(
            translatable(
                "The middleware removes blocked tags from the page, and sends a policy that blocks what no script can; "
                "in wsgi.py, with a token of scope decide:"
            ),
            "from consent.csp import ConsentPages\n\n"
            'application = ConsentPages("@service@", "@site@", TOKEN).wsgi(application)',
        ),
    ),
)
TURBO = Guide(
    "turbo",
    translatable("Turbo and htmx"),
    (
        Step(translatable("In the layout, first in the head, above Turbo or htmx themselves:"), "@head@"),
        FOOTER,
        OWN_CODE,
        Step(
            translatable("Clear the pages cached for Back when the visitor answers; in Turbo:"),
            'document.addEventListener("consent:change", () => Turbo.cache.clear());',
        ),
    ),
)
