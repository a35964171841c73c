"""Installation guides for frameworks with one HTML file: React with Vite, Vue, Angular, SvelteKit."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import FOOTER, WAIT, Guide, Step

REACT_FOOTER = Step(
    translatable("In the footer, as a text of its own: React then leaves alone what the banner puts there:"),
    '<span data-choices-link="" suppressHydrationWarning dangerouslySetInnerHTML={{ __html: "" }} />',
)
REACT_CODE = Step(
    translatable("What your own code loads waits for its group:"), f"useEffect(() => {{\n  {WAIT}\n}}, []);"
)
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
                "Where a server renders Angular's pages, a component with a third-party video or map is drawn again "
                "in the browser, since a placeholder is beside it until it may load:"
            ),
            'host: { ngSkipHydration: "true" },',
        ),
        Step(
            translatable("What your own code loads waits for its group, in Vue:"),
            f"onMounted(() => {WAIT.removesuffix(';')});",
        ),
        Step(
            translatable("In Angular, in the constructor of a component:"),
            f"afterNextRender(() => {WAIT.removesuffix(';')});",
        ),
    ),
)
FRAME = translatable("A third-party video or map goes in as text, since its placeholder is beside it until it may load")
SVELTEKIT = Guide(
    "sveltekit",
    "SvelteKit",
    (
        Step(translatable("In src/app.html, first in the head, above %sveltekit.head%:"), "@head@"),
        FOOTER,
        Step(f"{FRAME}:", "{@html film}"),
        Step(translatable("What your own code loads waits for its group:"), f"onMount(() => {{\n  {WAIT}\n}});"),
    ),
)
