"""Installation guide for WordPress: a must-use plugin, so that themes and optimizers can't precede the lines."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import Guide, Step

ALONE = (
    'data-cfasync="false" data-noptimize="1" data-no-optimize="1" data-no-defer="1" nowprocket data-pagespeed-no-defer '
    'data-jetpack-boost="ignore" data-wpmeteor-nooptimize="true"'
)
"""Attributes that exclude a script from optimizers; docs/guides.md says which optimizer supports which."""
PLUGIN = f"""<?php
const CONSENT_LINES = <<<'HTML'
<script {ALONE} @blocker_attributes@>@blocker_code@</script>
<script {ALONE} async src="@script@"></script>
HTML;

// First in the head, above the theme's output, and after optimizers have processed the page.
add_action('template_redirect', function () {{
    ob_start(function ($page) {{
        $amp = '/<html(\\s+[^\\s=>]+(=("[^"]*"|\\'[^\\']*\\'|[^\\s>"\\']*))?)*?\\s+(amp|⚡)(?=[\\s=>])/i';
        if (preg_match($amp, $page)) return $page; // AMP doesn't allow these lines
        return preg_replace_callback('/<head\\b[^>]*>/i', fn ($head) => $head[0] . CONSENT_LINES, $page, 1) ?? $page;
    }});
}}, -9999);

// For optimizers that process the page later.
foreach (['rocket_delay_js_exclusions', 'rocket_defer_inline_exclusions', 'rocket_excluded_inline_js_content',
          'perfmatters_delay_js_exclusions', 'sgo_javascript_combine_excluded_inline_content'] as $list) {{
    add_filter($list, fn ($known) => [...(array) $known, 'consent.blocker']);
}}

add_action('wp_footer', function () {{
    echo '<p>@footer@</p>';
}});"""
WORDPRESS = Guide(
    "wordpress",
    "WordPress",
    (
        Step(
            translatable("In a new file, wp-content/mu-plugins/consent.php, which WordPress loads automatically:"),
            PLUGIN,
        ),
        Step(
            translatable(
                "Empty the caches of WordPress, of your host and of Cloudflare. If a plugin that combines, delays "
                "or defers scripts has a list of exclusions, add both to it:"
            ),
            "consent.blocker\n@script@",
        ),
        Step(
            translatable(
                "If your plugins follow the WP Consent API, switch it on under Settings, How the script works. "
                "Remove other consent plugins, and what they have blocked. Until the script has loaded, the API "
                "allows everything unless WordPress says otherwise; in the same file:"
            ),
            "add_filter('wp_get_consent_type', fn () => 'optin');",
        ),
    ),
)
