<?php
/**
 * The lines in the page: first in its head, above what the theme prints there, and left alone by optimizers.
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
 * Return the page with the lines right behind its `<head>`.
 *
 * @param string $page HTML of a whole page.
 * @return string
 */
function consent_tag_server_with_lines( $page ) {
	$lines = consent_tag_server_lines();
	// An AMP page may have no script of its own, and shows nothing for seconds while AMP's is held.
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

// For optimizers that work on the page after that, and have no attribute for it.
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
