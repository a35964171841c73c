<?php
/**
 * Delete everything that the plugin has stored.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

delete_option( 'consent_tag_server_settings' );
delete_option( 'consent_tag_server_lines' );
wp_clear_scheduled_hook( 'consent_tag_server_refresh' );
