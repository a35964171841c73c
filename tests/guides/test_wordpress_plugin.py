"""The WordPress plugin, set up on its settings page, with a theme that prints tags above `wp_head`."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.guides import snippets, walk
from tests.guides.site import Site
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.wordpress import PASSWORD, Missing, wordpress

PLUGIN = Path(__file__).parents[2] / "integrations" / "wordpress" / "consent-tag-server"
HEADER = f"""<!doctype html>
<html <?php language_attributes(); ?>>
<head>
<meta charset="utf-8"><link rel="icon" href="data:,">
{snippets.LIBRARY}
{snippets.GOOGLE}
{snippets.META}
<?php wp_head(); ?>
</head>
<body>
<nav><a href="/">Home</a> <a href="<?php echo esc_url(get_page_link(get_page_by_path('about'))); ?>">About</a></nav>
"""
OWN = "/wp-content/themes/shop/heatmap.js"
THEME = {
    "style.css": "/*\nTheme Name: Shop\n*/",
    "header.php": HEADER,
    "index.php": f"""<?php get_header(); if (is_page()) {{ ?><main><p>All about us</p>{snippets.FILM}
<?php echo do_shortcode('[consent_receipts] [consent_cookies] [consent_choices]'); ?></main>
<?php }} else {{ ?><main>Welcome</main><?php }} get_footer();""",
    "footer.php": "<?php wp_footer(); ?></body></html>",
    "heatmap.js": "document.documentElement.dataset.heatmap = 'ran';",
    "functions.php": f"""<?php add_action('wp_head', function () {{ ?>{snippets.HOTJAR}<?php }});
add_action('wp_enqueue_scripts', fn () => wp_enqueue_script('heatmap', get_theme_file_uri('heatmap.js')));""",
}


def test_the_plugin_sets_a_site_up(browser: Browser, site: Site, tmp_path: Path) -> None:
    each = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR})
    pages = Pages(site.origin, each, each | {walk.FILM}, frozenset({walk.LIBRARY}))
    try:
        with wordpress(tmp_path, site.port, THEME, {}, PLUGIN):
            _set_up(browser.new_page(), site)
            follows_its_guide(browser, pages)
            _look_at_what_it_marks(browser.new_page(), site)
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


def _set_up(page: Page, site: Site) -> None:
    """Follow docs/wordpress.md; wrong values are tried first, refused with a sentence, and change nothing."""
    # PHP doesn't resolve names under localhost.
    service = site.service_url.replace("consent.localhost", "127.0.0.1")
    page.goto(f"{site.origin}/wp-login.php")
    page.get_by_label("Username or Email Address").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log In").click()
    page.goto(f"{site.origin}/wp-admin/options-general.php?page=consent-tag-server")
    for address, key, scripts, sentence in (
        ("http://consent.example.com", "shop", "", "must begin with https://"),
        (service, "Shop!", "", "lowercase letters, digits and hyphens"),
        (service, "shop", "heatmap everything", "Each line must contain a handle and a group"),
        (service, "nobody", "", "The service answered with status 404."),
        (f"http://localhost:{site.port}", "shop", "", "status 301"),
    ):
        _save(page, address, key, scripts)
        expect(page.get_by_text(sentence)).to_be_visible()
        assert "data-run=" not in page.request.get(site.origin).text()
    _save(page, service, "shop", "heatmap analytics")
    expect(page.get_by_text("Every page has the lines of shop.")).to_be_visible()
    page.get_by_role("button", name="Read the lines now").click()
    expect(page.get_by_text("Every page has the lines of shop.")).to_be_visible()
    page.close()


def _save(page: Page, service: str, key: str, scripts: str) -> None:
    page.get_by_label("Address of the service").fill(service)
    page.get_by_label("Key of the site").fill(key)
    page.get_by_label("Scripts of this site").fill(scripts)
    page.get_by_role("button", name="Save Changes").click()


def _look_at_what_it_marks(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.origin)
    page.get_by_role("button", name="Reject all").click()
    page.get_by_role("link", name="About").click()
    expect(page.get_by_role("link", name="My privacy choices")).to_have_attribute("href", f"{site.service_url}/r/shop")
    expect(page.get_by_text("_fbp").first).to_be_visible()
    assert not any(OWN in url for url in asked)
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("document.documentElement.dataset.heatmap == 'ran'")
    page.close()


@pytest.mark.parametrize("file", sorted(PLUGIN.rglob("*.php")), ids=lambda path: path.name)
def test_each_file_is_php(file: Path) -> None:
    done = subprocess.run(["php", "-l", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("html", "is_amp"),
    [
        ('<html lang="en" amp>', True),
        ("<html \u26a1 lang=en>", True),
        ("<html amp='' >", True),
        ('<html class="no-js amp wide" lang="amp">', False),
        ("<html>", False),
    ],
)
def test_a_page_of_amp_is_left_as_it_is(html: str, is_amp: bool) -> None:
    stubs = "define('ABSPATH', '/'); function add_action() {} function add_filter() {}"
    lines = "function consent_tag_server_lines() { return ['head' => '<script>1</script>']; }"
    call = f"require '{PLUGIN}/includes/page.php'; echo consent_tag_server_with_lines($argv[1]);"
    page = f"<!doctype html>{html}<head></head>"
    done = subprocess.run(["php", "-r", stubs + lines + call, "--", page], capture_output=True, text=True, check=True)
    assert (done.stdout == page) is is_amp
