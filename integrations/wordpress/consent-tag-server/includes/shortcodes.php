<?php
/**
 * Shortcodes: `[consent_choices]`, `[consent_cookies]` and `[consent_receipts]`.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

add_shortcode(
	'consent_choices',
	function () {
		return '<span data-choices-link></span>';
	}
);

add_shortcode(
	'consent_cookies',
	function () {
		$lines = consent_tag_server_lines();
		return $lines ? $lines['declaration'] : '';
	}
);

add_shortcode(
	'consent_receipts',
	function ( $attributes ) {
		$lines = consent_tag_server_lines();
		if ( ! $lines ) {
			return '';
		}
		$attributes = shortcode_atts( array( 'text' => __( 'My privacy choices', 'consent-tag-server' ) ), $attributes );
		$service    = substr( $lines['script'], 0, (int) strrpos( $lines['script'], '/b/' ) );
		return sprintf( '<a href="%s">%s</a>', esc_url( $service . '/r/' . rawurlencode( $lines['site'] ) ), esc_html( $attributes['text'] ) );
	}
);
