"""Installation guides for frameworks with one HTML file: React with Vite, Vue, Angular, SvelteKit."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import FOOTER, WAIT, Guide, Step

REACT_FOOTER = Step(
    translatable("In the footer, as raw HTML, so that React leaves alone what the banner adds to it:"),
    '<span data-choices-link="" suppressHydrationWarning dangerouslySetInnerHTML={{ __html: "" }} />',
)
REACT_CODE = Step(translatable("Have your own code wait for its group:"), f"useEffect(() => {{\n  {WAIT}\n}}, []);")
REACT = Guide(
    "react",
    translatable("React with Vite"),
    (Step(translatable("In index.html, first in the head:"), "@head@"), REACT_FOOTER, REACT_CODE),
)
VUE = Guide(
    "vue",
    translatable("Vue and Angular"),
    (
        Step(translatable("In index.html (Angular: src/index.html), first in the head, above <base>:"), "@head@"),
        FOOTER,
        Step(
            translatable(
                "If a server renders Angular's pages, have the browser render each component with a third-party "
                "video or map again, because a placeholder is beside it until it may load:"
            ),
            'host: { ngSkipHydration: "true" },',
        ),
        Step(
            translatable("Have your own code wait for its group, in Vue:"),
            f"onMounted(() => {WAIT.removesuffix(';')});",
        ),
        Step(
            translatable("In Angular, in the constructor of a component:"),
            f"afterNextRender(() => {WAIT.removesuffix(';')});",
        ),
    ),
)
SVELTEKIT = Guide(
    "sveltekit",
    "SvelteKit",
    (
        Step(translatable("In src/app.html, first in the head, above %sveltekit.head%:"), "@head@"),
        FOOTER,
        Step(
            translatable(
                "Insert a third-party video or map as raw HTML, because a placeholder is beside it until it may load:"
            ),
            "{@html film}",
        ),
        Step(translatable("Have your own code wait for its group:"), f"onMount(() => {{\n  {WAIT}\n}});"),
    ),
)
