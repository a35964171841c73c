<?php
/**
 * Plugin Name: Consent and tag server
 * Description: Adds the lines of your own consent and tag server at the top of every page, keeps them current, and marks scripts that need consent.
 * Version: 0.1.0
 * Requires at least: 6.3
 * Requires PHP: 7.4
 * License: Apache-2.0
 * License URI: https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain: consent-tag-server
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const CONSENT_TAG_SERVER_SETTINGS = 'consent_tag_server_settings';
const CONSENT_TAG_SERVER_LINES    = 'consent_tag_server_lines';
const CONSENT_TAG_SERVER_REFRESH  = 'consent_tag_server_refresh';
const CONSENT_TAG_SERVER_GROUPS   = array( 'functional', 'analytics', 'advertising' );

require __DIR__ . '/includes/lines.php';
require __DIR__ . '/includes/page.php';
require __DIR__ . '/includes/scripts.php';
require __DIR__ . '/includes/shortcodes.php';
require __DIR__ . '/includes/settings.php';

register_activation_hook(
	__FILE__,
	function () {
		if ( ! wp_next_scheduled( CONSENT_TAG_SERVER_REFRESH ) ) {
			wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', CONSENT_TAG_SERVER_REFRESH );
		}
	}
);
register_deactivation_hook(
	__FILE__,
	function () {
		wp_clear_scheduled_hook( CONSENT_TAG_SERVER_REFRESH );
	}
);

// Tell plugins that follow the WP Consent API to wait until the visitor has agreed.
add_filter( 'wp_consent_api_registered_' . plugin_basename( __FILE__ ), '__return_true' );
add_filter(
	'wp_get_consent_type',
	function () {
		return 'optin';
	}
);
