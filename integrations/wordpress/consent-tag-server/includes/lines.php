<?php
/**
 * The site's lines: read from the service, and stored.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * Return the settings, each with its default.
 *
 * @return array{service: string, site: string, scripts: string, footer: bool}
 */
function consent_tag_server_settings() {
	$saved = get_option( CONSENT_TAG_SERVER_SETTINGS );
	return array_merge(
		array(
			'service' => '',
			'site'    => '',
			'scripts' => '',
			'footer'  => true,
		),
		is_array( $saved ) ? $saved : array()
	);
}

/**
 * Return what was last read from the service: `head`, `script`, `declaration`, `config`, `service`, `site` and the time
 * `read`; null if nothing has been read for the site in the settings.
 *
 * @return array<string, mixed>|null
 */
function consent_tag_server_lines() {
	$lines    = get_option( CONSENT_TAG_SERVER_LINES );
	$settings = consent_tag_server_settings();
	if ( ! is_array( $lines ) || $lines['service'] !== $settings['service'] || $lines['site'] !== $settings['site'] ) {
		return null;
	}
	return $lines;
}

/**
 * Read the lines from the service and store them; if that fails, the stored lines stay.
 *
 * @return string An error message, or an empty string.
 */
function consent_tag_server_refresh() {
	$settings = consent_tag_server_settings();
	if ( '' === $settings['service'] || '' === $settings['site'] ) {
		return __( 'Enter the address of your service and the key of the site.', 'consent-tag-server' );
	}
	$url    = $settings['service'] . '/api/v1/sites/' . rawurlencode( $settings['site'] ) . '/lines';
	$answer = wp_remote_get(
		$url,
		array(
			'timeout'     => 10,
			'redirection' => 0,
			'headers'     => array( 'Accept' => 'application/json' ),
		)
	);
	if ( is_wp_error( $answer ) ) {
		/* translators: %s: the connection error. */
		return sprintf( __( 'The service does not answer: %s', 'consent-tag-server' ), $answer->get_error_message() );
	}
	$status = wp_remote_retrieve_response_code( $answer );
	$body   = json_decode( wp_remote_retrieve_body( $answer ), true );
	if ( 200 !== $status ) {
		$message = isset( $body['error']['message'] ) ? (string) $body['error']['message'] : '';
		/* translators: 1: HTTP status, 2: an error message from the service. */
		return sprintf( __( 'The service answered with status %1$d. %2$s', 'consent-tag-server' ), $status, $message );
	}
	foreach ( array( 'config', 'head', 'script', 'declaration' ) as $name ) {
		if ( ! isset( $body[ $name ] ) || ! is_string( $body[ $name ] ) ) {
			return __( 'The server at this address is not a consent and tag server.', 'consent-tag-server' );
		}
	}
	$lines = array(
		'service'     => $settings['service'],
		'site'        => $settings['site'],
		'config'      => $body['config'],
		'head'        => $body['head'],
		'script'      => $body['script'],
		'declaration' => $body['declaration'],
		'read'        => time(),
	);
	$before = get_option( CONSENT_TAG_SERVER_LINES );
	update_option( CONSENT_TAG_SERVER_LINES, $lines, true );
	if ( ! is_array( $before ) || $before['head'] !== $lines['head'] ) {
		/**
		 * Fires when the lines have changed, so that page caches can be purged.
		 */
		do_action( 'consent_tag_server_lines_changed' );
		consent_tag_server_empty_caches();
	}
	return '';
}
add_action( CONSENT_TAG_SERVER_REFRESH, 'consent_tag_server_refresh' );

/**
 * Purge the page caches of known plugins, so that no page keeps old lines.
 */
function consent_tag_server_empty_caches() {
	foreach ( array( 'rocket_clean_domain', 'w3tc_flush_posts', 'wp_cache_clear_cache', 'sg_cachepress_purge_cache' ) as $known ) {
		if ( function_exists( $known ) ) {
			$known();
		}
	}
	foreach ( array( 'litespeed_purge_all', 'cache_enabler_clear_complete_cache', 'breeze_clear_all_cache' ) as $action ) {
		do_action( $action );
	}
}
