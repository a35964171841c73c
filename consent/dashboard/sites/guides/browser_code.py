"""Installation guides for frameworks with one HTML file: React with Vite, Vue, Angular, SvelteKit."""

from consent.dashboard.sites.guides.parts import FOOTER, WAIT, Guide, Step

REACT_FOOTER = Step(
    "In the footer, as a text of its own: React then leaves alone what the banner puts there:",
    '<span data-choices-link="" suppressHydrationWarning dangerouslySetInnerHTML={{ __html: "" }} />',
)
REACT_CODE = Step("What your own code loads waits for its group:", f"useEffect(() => {{\n  {WAIT}\n}}, []);")
REACT = Guide(
    "react", "React with Vite", (Step("In index.html, first in the head:", "@head@"), REACT_FOOTER, REACT_CODE)
)
VUE = Guide(
    "vue",
    "Vue and Angular",
    (
        Step("In index.html (Angular: src/index.html), first in the head, above <base>:", "@head@"),
        FOOTER,
        Step(
            "Where a server renders Angular's pages, a component with a film or map of others is drawn anew in the browser, "
            "since a placeholder stands beside it until it may load:",
            'host: { ngSkipHydration: "true" },',
        ),
        Step("What your own code loads waits for its group, in Vue:", f"onMounted(() => {WAIT.removesuffix(';')});"),
        Step("In Angular, in the constructor of a component:", f"afterNextRender(() => {WAIT.removesuffix(';')});"),
    ),
)
FRAME = "A film or map of others goes in as a text, since its placeholder stands beside it until it may load"
SVELTEKIT = Guide(
    "sveltekit",
    "SvelteKit",
    (
        Step("In src/app.html, first in the head, above %sveltekit.head%:", "@head@"),
        FOOTER,
        Step(f"{FRAME}:", "{@html film}"),
        Step("What your own code loads waits for its group:", f"onMount(() => {{\n  {WAIT}\n}});"),
    ),
)
