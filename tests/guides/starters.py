"""The frameworks, each in the version that its guide was tested with."""

from tests.guides.npm import Starter

VITE, REACT = "vite@8.4.0", ("react@19.3.1", "react-dom@19.3.1")
NEXT = "create-next-app@16.4.3 site --js --empty --no-tailwind --no-eslint --no-src-dir --use-npm --skip-install --yes"
PACKAGE = '{"name": "site", "private": true, "type": "module"}'

REACT_VITE = Starter("create-vite@9.3.0 site --template react --no-interactive", (*REACT, "react-router@8.5.3", VITE))
VUE_VITE = Starter("create-vue@3.24.0 site --router", ("vue@3.5.45", "vue-router@5.5.1", VITE))
NEXT_APP = Starter(f"{NEXT} --app --disable-git", ("next@16.4.6", *REACT))
NEXT_PAGES = Starter(f"{NEXT} --no-app --disable-git", ("next@16.4.6", *REACT))
SVELTEKIT = Starter(
    "sv@0.17.1 create site --template minimal --no-types --no-add-ons --no-install", ("@sveltejs/kit@2.69.3",)
)
ANGULAR = Starter(
    "@angular/cli@22.2.0 new site --directory site --skip-git --skip-install --defaults --routing --style css --ssr",
    tuple(
        f"@angular/{name}@22.2.0"
        for name in (
            *("common", "compiler", "core", "forms", "platform-browser", "platform-server", "router", "ssr"),
            *("build", "cli", "compiler-cli"),
        )
    ),
)
# These two frameworks' starters fetch their templates from outside npm.
NUXT = Starter("", ("nuxt@4.5.2", "vue@3.5.45", "vue-router@5.5.1", "vite@8.2.2"), (("package.json", PACKAGE),))
ASTRO = Starter("", ("astro@7.3.5",), (("package.json", PACKAGE),))
IN_PLACE = Starter("", ("@hotwired/turbo@8.0.23", "htmx.org@4.0.1"), (("package.json", PACKAGE),))
"""No starter: two libraries that change pages in place."""
