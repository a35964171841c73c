"""Installation guides for frameworks that render the head themselves, such as Next.js, Nuxt and Astro.

Each uses the framework's syntax that keeps the blocker before everything else.
"""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.browser_code import REACT_CODE, REACT_FOOTER
from consent.dashboard.sites.guides.parts import FOOTER, WAIT, Guide, Step

FILM = '<iframe src="https://www.youtube-nocookie.com/embed/…" title="…"></iframe>'
REACT_FRAME = Step(
    translatable(
        "Insert a third-party video or map as raw HTML too, because a placeholder is beside it until it may load:"
    ),
    f"<div dangerouslySetInnerHTML={{{{ __html: '{FILM}' }}}} />",
)
BLOCKER = "const BLOCKER = String.raw`@blocker_code@`;"
ELEMENT = "<script @blocker_attributes@ dangerouslySetInnerHTML={{ __html: BLOCKER }} suppressHydrationWarning />"
NEXT = Guide(
    "next",
    translatable("Next.js, app router"),
    (
        Step(
            translatable("At the top of the root layout, app/layout.jsx:"),
            f'import Script from "next/script";\n\n{BLOCKER}',
        ),
        Step(translatable("In it, first in the head:"), f"<head>\n  {ELEMENT}\n</head>"),
        Step(
            translatable("At the end of its body. Not as a bare <script async>, which React puts above the blocker:"),
            '<Script src="@script@" />',
        ),
        REACT_FOOTER,
        REACT_FRAME,
        REACT_CODE,
    ),
)
NEXT_PAGES = Guide(
    "next-pages",
    translatable("Next.js, pages router"),
    (
        Step(translatable("At the top of pages/_document.jsx:"), BLOCKER),
        Step(
            translatable("In it, in place of <Head />:"),
            f'<Head>\n  {ELEMENT}\n  <script async src="@script@" />\n</Head>',
        ),
        REACT_FOOTER,
        REACT_FRAME,
        REACT_CODE,
    ),
)
NUXT = Guide(
    "nuxt",
    "Nuxt",
    (
        Step(
            translatable(
                "In a new file, server/plugins/consent.ts, which puts the lines above everything that Nuxt adds "
                "to the head:"
            ),
            "const lines = String.raw`@head@`;\n\n"
            "export default defineNitroPlugin((nitro) => {\n"
            '  nitro.hooks.hook("render:html", (html) => void html.head.unshift(lines));\n'
            "});",
        ),
        FOOTER,
        Step(
            translatable(
                "Insert a third-party video or map with v-html, because a placeholder is beside it until it may load:"
            ),
            '<div v-html="film"></div>',
        ),
        Step(translatable("Have your own code wait for its group:"), f"onMounted(() => {WAIT.removesuffix(';')});"),
    ),
)
ASTRO = Guide(
    "astro",
    "Astro",
    (
        Step(
            translatable("In the layout of all pages, first in the head; with is:inline, Astro leaves both in place:"),
            "<script is:inline @blocker_attributes@>@blocker_code@</script>\n"
            '<script is:inline async src="@script@"></script>',
        ),
        FOOTER,
        Step(translatable("Have your own code wait for its group:"), f"<script>\n  {WAIT}\n</script>"),
    ),
)
