<?php
/**
 * The settings page under Settings, Consent.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

add_action(
	'admin_menu',
	function () {
		add_options_page(
			__( 'Consent and tag server', 'consent-tag-server' ),
			__( 'Consent', 'consent-tag-server' ),
			'manage_options',
			'consent-tag-server',
			'consent_tag_server_settings_page'
		);
	}
);

add_action(
	'admin_init',
	function () {
		register_setting(
			'consent_tag_server',
			CONSENT_TAG_SERVER_SETTINGS,
			array(
				'type'              => 'array',
				'sanitize_callback' => 'consent_tag_server_check_settings',
			)
		);
	}
);

// Read the lines right after saving, so that a mistake shows immediately.
add_action(
	'update_option_' . CONSENT_TAG_SERVER_SETTINGS,
	function () {
		consent_tag_server_refresh();
	}
);
add_action(
	'add_option_' . CONSENT_TAG_SERVER_SETTINGS,
	function () {
		consent_tag_server_refresh();
	}
);

add_action(
	'admin_post_consent_tag_server_refresh',
	function () {
		check_admin_referer( 'consent_tag_server_refresh' );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You are not allowed to change this.', 'consent-tag-server' ), '', array( 'response' => 403 ) );
		}
		consent_tag_server_refresh();
		wp_safe_redirect( admin_url( 'options-general.php?page=consent-tag-server' ) );
		exit;
	}
);

/**
 * Return the settings to save; if a value is invalid, report it and return the previous settings.
 *
 * @param mixed $posted The submitted form.
 * @return array<string, mixed>
 */
function consent_tag_server_check_settings( $posted ) {
	$before = consent_tag_server_settings();
	if ( get_settings_errors( CONSENT_TAG_SERVER_SETTINGS ) ) {
		// WordPress sanitizes an option twice when it is first saved.
		return $before;
	}
	$posted  = is_array( $posted ) ? $posted : array();
	$service = untrailingslashit( trim( isset( $posted['service'] ) ? (string) $posted['service'] : '' ) );
	$site    = trim( isset( $posted['site'] ) ? (string) $posted['site'] : '' );
	$scripts = trim( isset( $posted['scripts'] ) ? (string) $posted['scripts'] : '' );
	$host    = (string) wp_parse_url( $service, PHP_URL_HOST );
	$is_here = 'localhost' === $host || '127.0.0.1' === $host || '.localhost' === substr( $host, -10 );
	$fault   = '';
	if ( ! preg_match( '#\Ahttps?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?\z#', $service ) ) {
		$fault = __( 'The address of the service must begin with https://.', 'consent-tag-server' );
	} elseif ( 0 !== strpos( $service, 'https://' ) && ! $is_here ) {
		$fault = __( 'The address of the service must begin with https://, since it adds code to your pages.', 'consent-tag-server' );
	} elseif ( ! preg_match( '/\A[a-z0-9][a-z0-9-]{0,62}\z/', $site ) ) {
		$fault = __( 'The key of the site consists of lowercase letters, digits and hyphens. Find it under Install in your dashboard.', 'consent-tag-server' );
	}
	list( , $wrong ) = consent_tag_server_read_scripts( $scripts );
	if ( ! $fault && $wrong ) {
		/* translators: %s: an invalid line. */
		$fault = sprintf( __( 'Each line must contain a handle and a group (functional, analytics or advertising): %s', 'consent-tag-server' ), $wrong[0] );
	}
	if ( $fault ) {
		add_settings_error( CONSENT_TAG_SERVER_SETTINGS, 'invalid', $fault );
		return $before;
	}
	return array(
		'service' => $service,
		'site'    => $site,
		'scripts' => $scripts,
		'footer'  => ! empty( $posted['footer'] ),
	);
}

/**
 * Print the page.
 */
function consent_tag_server_settings_page() {
	$settings = consent_tag_server_settings();
	$lines    = consent_tag_server_lines();
	$name     = CONSENT_TAG_SERVER_SETTINGS;
	$problem  = '' !== $settings['site'] && ! $lines ? consent_tag_server_refresh() : '';
	$lines    = consent_tag_server_lines();
	?>
	<div class="wrap">
		<h1><?php esc_html_e( 'Consent and tag server', 'consent-tag-server' ); ?></h1>
		<?php if ( $lines ) : ?>
			<div class="notice notice-success inline"><p>
				<?php
				printf(
					/* translators: 1: the site's key, 2: how long ago. */
					esc_html__( 'Every page has the lines of %1$s. They were read %2$s ago and are read again every hour.', 'consent-tag-server' ),
					'<code>' . esc_html( $settings['site'] ) . '</code>',
					esc_html( human_time_diff( $lines['read'] ) )
				);
				?>
			</p></div>
		<?php elseif ( $problem ) : ?>
			<div class="notice notice-error inline"><p><?php echo esc_html( $problem . ' ' . __( 'No page has the lines.', 'consent-tag-server' ) ); ?></p></div>
		<?php endif; ?>
		<form method="post" action="options.php">
			<?php settings_fields( 'consent_tag_server' ); ?>
			<table class="form-table" role="presentation">
				<tr>
					<th scope="row"><label for="cts-service"><?php esc_html_e( 'Address of the service', 'consent-tag-server' ); ?></label></th>
					<td><input id="cts-service" class="regular-text code" type="url" required name="<?php echo esc_attr( $name ); ?>[service]" value="<?php echo esc_attr( $settings['service'] ); ?>" placeholder="https://consent.example.com"></td>
				</tr>
				<tr>
					<th scope="row"><label for="cts-site"><?php esc_html_e( 'Key of the site', 'consent-tag-server' ); ?></label></th>
					<td><input id="cts-site" class="regular-text code" type="text" required name="<?php echo esc_attr( $name ); ?>[site]" value="<?php echo esc_attr( $settings['site'] ); ?>" placeholder="example-shop">
					<p class="description"><?php esc_html_e( 'Find it under Install in your dashboard.', 'consent-tag-server' ); ?></p></td>
				</tr>
				<tr>
					<th scope="row"><label for="cts-scripts"><?php esc_html_e( 'Scripts of this site that need consent', 'consent-tag-server' ); ?></label></th>
					<td><textarea id="cts-scripts" class="large-text code" rows="4" name="<?php echo esc_attr( $name ); ?>[scripts]" placeholder="my-heatmap analytics"><?php echo esc_textarea( $settings['scripts'] ); ?></textarea>
					<p class="description"><?php esc_html_e( 'One per line: the handle it is enqueued with, its group, and its vendor in your dashboard, if any. Scripts from other hosts are blocked without this.', 'consent-tag-server' ); ?></p></td>
				</tr>
				<tr>
					<th scope="row"><?php esc_html_e( 'Link in the footer', 'consent-tag-server' ); ?></th>
					<td><label><input type="checkbox" name="<?php echo esc_attr( $name ); ?>[footer]" value="1" <?php checked( $settings['footer'] ); ?>> <?php esc_html_e( 'Show a link for changing the choice on every page', 'consent-tag-server' ); ?></label>
					<p class="description"><?php esc_html_e( 'Or put [consent_choices] where you want it. [consent_cookies] lists the cookies, [consent_receipts] links to the visitor’s own choices.', 'consent-tag-server' ); ?></p></td>
				</tr>
			</table>
			<?php submit_button(); ?>
		</form>
		<?php if ( $lines ) : ?>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<input type="hidden" name="action" value="consent_tag_server_refresh">
				<?php
				wp_nonce_field( 'consent_tag_server_refresh' );
				submit_button( __( 'Read the lines now', 'consent-tag-server' ), 'secondary', 'refresh', false );
				?>
			</form>
		<?php endif; ?>
	</div>
	<?php
}
