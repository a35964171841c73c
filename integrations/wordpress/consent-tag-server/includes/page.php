<?php
/**
 * Puts the lines first in each page's head, above the theme's output, and keeps optimizers from changing them.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const CONSENT_TAG_SERVER_LEFT_ALONE = 'data-cfasync="false" data-noptimize="1" data-no-optimize="1" data-no-defer="1" nowprocket data-pagespeed-no-defer data-jetpack-boost="ignore" data-wpmeteor-nooptimize="true"';

add_action(
	'template_redirect',
	function () {
		if ( is_feed() || is_robots() || is_trackback() || ! consent_tag_server_lines() ) {
			return;
		}
		ob_start( 'consent_tag_server_with_lines' );
	},
	-9999
);

/**
 * Return the page with the lines right after its `<head>`.
 *
 * @param string $page The complete HTML of a page.
 * @return string
 */
function consent_tag_server_with_lines( $page ) {
	$lines = consent_tag_server_lines();
	// AMP pages can't have custom scripts, and stay blank for seconds while AMP's own script is blocked.
	if ( ! $lines || preg_match( '/<html(\s+[^\s=>]+(=("[^"]*"|\'[^\']*\'|[^\s>"\']*))?)*?\s+(amp|⚡)(?=[\s=>])/i', $page ) ) {
		return $page;
	}
	$head    = str_replace( '<script', '<script ' . CONSENT_TAG_SERVER_LEFT_ALONE, $lines['head'] );
	$changed = preg_replace_callback(
		'/<head\b[^>]*>/i',
		function ( $found ) use ( $head ) {
			return $found[0] . $head;
		},
		$page,
		1
	);
	return null === $changed ? $page : $changed;
}

// For optimizers that process the page later and don't support an attribute.
foreach ( array( 'rocket_delay_js_exclusions', 'rocket_defer_inline_exclusions', 'rocket_excluded_inline_js_content', 'perfmatters_delay_js_exclusions', 'sgo_javascript_combine_excluded_inline_content' ) as $consent_tag_server_list ) {
	add_filter(
		$consent_tag_server_list,
		function ( $known ) {
			return array_merge( (array) $known, array( 'consent.blocker' ) );
		}
	);
}
unset( $consent_tag_server_list );

add_action(
	'wp_footer',
	function () {
		if ( consent_tag_server_settings()['footer'] && consent_tag_server_lines() ) {
			echo '<p class="consent-choices"><span data-choices-link></span></p>';
		}
	}
);
