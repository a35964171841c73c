<?php
/**
 * Marks the site's own scripts that need consent, by their WordPress handle.
 *
 * The blocker already blocks scripts from other hosts. This is for scripts that a theme or plugin serves from the site.
 *
 * @package ConsentTagServer
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/**
 * Parse lines of `handle group` or `handle group vendor`.
 *
 * @param string $text The text that was entered.
 * @return array{0: array<string, array{0: string, 1: string}>, 1: string[]} The group and vendor of each handle, and the invalid lines.
 */
function consent_tag_server_read_scripts( $text ) {
	$scripts = array();
	$wrong   = array();
	foreach ( preg_split( '/\R/', $text ) as $line ) {
		$words = preg_split( '/\s+/', trim( $line ), -1, PREG_SPLIT_NO_EMPTY );
		if ( ! $words ) {
			continue;
		}
		$count = count( $words );
		if ( $count < 2 || $count > 3 || ! in_array( $words[1], CONSENT_TAG_SERVER_GROUPS, true ) ) {
			$wrong[] = trim( $line );
			continue;
		}
		$scripts[ $words[0] ] = array( $words[1], isset( $words[2] ) ? $words[2] : '' );
	}
	return array( $scripts, $wrong );
}

add_filter(
	'script_loader_tag',
	function ( $tag, $handle ) {
		static $scripts = null;
		if ( null === $scripts ) {
			list( $scripts ) = consent_tag_server_read_scripts( consent_tag_server_settings()['scripts'] );
		}
		if ( ! isset( $scripts[ $handle ] ) || is_admin() || ! consent_tag_server_lines() ) {
			return $tag;
		}
		list( $group, $vendor ) = $scripts[ $handle ];

		$marked = new WP_HTML_Tag_Processor( $tag );
		while ( $marked->next_tag( 'script' ) ) {
			$type = $marked->get_attribute( 'type' );
			if ( is_string( $type ) && ! in_array( strtolower( $type ), array( '', 'text/javascript', 'application/javascript', 'module' ), true ) ) {
				continue;
			}
			if ( 'module' === $type ) {
				$marked->set_attribute( 'data-type', 'module' );
			}
			$source = $marked->get_attribute( 'src' );
			if ( is_string( $source ) ) {
				$marked->set_attribute( 'data-src', $source );
				$marked->remove_attribute( 'src' );
			}
			$marked->set_attribute( 'type', 'text/plain' );
			$marked->set_attribute( 'data-consent', $group );
			if ( '' !== $vendor ) {
				$marked->set_attribute( 'data-vendor', $vendor );
			}
		}
		return $marked->get_updated_html();
	},
	9999,
	2
);
