"""WordPress with a theme that prints tags above `wp_head`, alone and with plugins that merge scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.site import Site
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.wordpress import Missing, wordpress

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
INDEX = f"""<?php get_header(); if (is_page()) {{ ?><main><p>All about us</p>{snippets.FILM}</main>
<?php }} else {{ ?><main>Welcome</main><?php }} get_footer();"""
THEME = {
    "style.css": "/*\nTheme Name: Shop\n*/",
    "header.php": HEADER,
    "index.php": INDEX,
    "footer.php": "<?php wp_footer(); ?></body></html>",
    "functions.php": f"<?php add_action('wp_head', function () {{ ?>{snippets.HOTJAR}<?php }});",
}
# Like plugins that merge inline scripts into one deferred file, except those with the plugins' attribute.
OPTIMIZER = """<?php
function put_together($page) {
    $code = '';
    $rest = preg_replace_callback('#<script([^>]*)>(.*?)</script>#is', function ($found) use (&$code) {
        if (preg_match('/\\ssrc=|%(attribute)s|type="(?!text\\/javascript)/', $found[1])) return $found[0];
        $code .= $found[2] . ";\\n";
        return '';
    }, $page);
    $file = '/wp-content/together-' . md5($code) . '.js';
    file_put_contents(ABSPATH . $file, $code);
    return str_replace('</body>', "<script defer src='$file'></script></body>", $rest);
}
%(start)s
"""
OPTIMIZERS = {
    "none": "<?php",
    "one that works on the page before the lines are in it": OPTIMIZER
    % {
        "attribute": "data-noptimize",
        "start": "add_action('template_redirect', fn () => ob_start('put_together'), 2);",
    },
    "one that works on the page with the lines": OPTIMIZER
    % {"attribute": "data-no-optimize", "start": "if (PHP_SAPI != 'cli') ob_start('put_together');"},
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_wordpress(browser: Browser, site: Site, tmp_path: Path, optimizer: str) -> None:
    plugin = site.step("wordpress", "mu-plugins/consent.php") + site.step("wordpress", "WP Consent API")
    each = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR})
    pages = Pages(site.origin, each, each | {walk.FILM}, frozenset({walk.LIBRARY}))
    plugins = {"an-optimizer.php": OPTIMIZERS[optimizer], "consent.php": plugin}
    try:
        with wordpress(tmp_path, site.port, THEME, plugins):
            follows_its_guide(browser, pages)
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)
