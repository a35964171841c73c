"""Each route that changes something with a form that works in the world of the cast, for the tests of the audit trail."""

from typing import Any

from tests.dashboard.sample_data import ACCOUNT, EXPORT, KID, RECEIVER, VISITOR

OF_VISITOR = f"/sites/demo/rights/visitor/{VISITOR}"

SAVES_NOTHING = {
    "dashboard.banner_checks": "says what keeps a form from being published",
    "dashboard.banner_frame": "draws what a form says",
    "dashboard.check_parameters": "says of fields whether they can be right",
    "dashboard.test_receiver": "sends an event that is about nobody",
    "dashboard.check_site": "looks at a page of the site",
    "dashboard.try_alarms": "sends a test to where alarms go",
    "dashboard.check_proof": "takes the password for what comes next",
    "dashboard.erase_subject": "an erasure is an entry of its own kind: tests/dashboard/privacy/test_subject.py",
    "dashboard.erase_age_band": "the same: tests/dashboard/privacy/test_age_bands.py",
    "dashboard.open_request_details": "tells it: tests/dashboard/privacy/test_visitor_requests.py",
    "dashboard.find_account": "leads to an account",
    "dashboard.erase_account": "the same: tests/dashboard/privacy/test_account_choices.py",
    "dashboard.export_again": "goes on with an export that was asked for, which was told",
    "dashboard.check_code": "says what can be seen of code",
    "dashboard.note_editor": "says that a page of the draft is open",
    "dashboard.set_language": "says in which language the caller reads pages",
    "dashboard.logout": "ends the caller's own session",
    "security.login": "begins a session",
    "setup.create": "is gone once there is an admin: tests/dashboard/accounts/test_first_admin.py has its entry",
    "security.forgot_password": "sends a link at most",
    "security.two_factor_setup": "begins a set-up: tests/dashboard/auth/test_second_factor.py has the rest",
    "security.two_factor_setup_validate": "tells it when the code is right: tests/dashboard/auth/test_second_factor.py",
    "security.two_factor_token_validation": "begins a session",
    "security.two_factor_rescue": "is not there",
    "security.tf_select": "asks which second factor is used",
    "security.wan_register": "begins to add a passkey: tests/dashboard/auth/test_passkeys.py has the rest",
    "security.wan_register_response": "tells it when the passkey is right: tests/dashboard/auth/test_passkeys.py",
    "security.wan_delete": "tells it: tests/dashboard/auth/test_passkeys.py",
    "dashboard.rename_passkey": "tells it: tests/dashboard/auth/test_passkeys.py",
    "security.wan_signin": "begins to use a passkey",
    "security.wan_signin_response": "begins a session",
    "security.mf_recovery": "tells it when the code is right: tests/dashboard/auth/test_second_factor.py",
    "security.mf_recovery_codes": "tells it: tests/dashboard/auth/test_second_factor.py",
    "security.reset_password": "tells it as the user who follows the link: tests/dashboard/auth/test_password_links.py",
}
"""Posting routes that leave no audit entry, and why."""

FOUND = {"kind": "cookie", "name": "mystery", "host": "www.shop.localhost"}
"""What a scan found, for the forms of its review."""

CODE = {"code": "https://pixel.acme.example/x.js", "purpose": "visitor_statistics"}
"""Custom code that can be kept."""
VENDOR = {"name": "Acme Chat", "company": "Acme Ltd", "hosts": "chat.acme.example", "purposes": "chat"}
"""A vendor of the site's own."""

OF_RECEIVER = f"/sites/demo/delivery/{RECEIVER}"
NEW_RECEIVER = {"name": "Relay", "address": "https://hooks.example.com/", "groups": "advertising"}
"""A system that hears of choices."""

FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "dashboard.switch_tag": ("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"}),
    "dashboard.delete_tag": ("/sites/demo/tags/demo-ads/removal", {}),
    "dashboard.restore_tag": ("/sites/demo/tags/restored", {"parts": "<from the removal>"}),
    "dashboard.save_tag_page": ("/sites/demo/tags/demo-ads", {"part": "limits", "places.only": "DE"}),
    "dashboard.copy_tag": ("/sites/demo/tags/demo-ads/copy", {}),
    "dashboard.switch_tags": ("/sites/demo/tags/switched", {"tag": ["demo-ads", "demo-chat"], "enabled": "0"}),
    "dashboard.label_tags": ("/sites/demo/tags/labeled", {"tag": ["demo-ads"], "label": "Campaign"}),
    "dashboard.place_tag": ("/sites/demo/tags/demo-ads/place", {"before": "demo-session"}),
    "dashboard.save_payment_pages": ("/sites/demo/payment-pages", {"payment_paths": "/till*"}),
    "dashboard.save_code": ("/sites/demo/tags/new/custom", CODE),
    "dashboard.save_changed_code": (
        "/sites/demo/tags/custom-code-from-pixel-acme-example/code",
        CODE | {"code": "https://pixel.acme.example/other.js"},
    ),
    "dashboard.approve_code": ("/sites/demo/tags/custom-code-from-pixel-acme-example/approval", {"code": "<its hash>"}),
    "dashboard.withdraw_approval": ("/sites/demo/tags/custom-code-from-pixel-acme-example/approval/withdrawal", {}),
    "dashboard.add_own_vendor": ("/sites/demo/vendors/new", VENDOR),
    "dashboard.save_own_vendor": ("/sites/demo/vendors/own-weather", VENDOR | {"company": "Acme GmbH"}),
    "dashboard.remove_own_vendor": ("/sites/demo/vendors/own-weather/removal", {}),
    "dashboard.take_newer_facts": ("/sites/demo/catalogue/amplitude/newer", {}),
    "dashboard.save_tag": ("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABCDEF1234"}),
    "dashboard.save_controller": ("/sites/demo/settings/controller", {"name": "Another"}),
    "dashboard.save_hosts": ("/sites/demo/settings/hosts", {"hosts": "https://www.example.com"}),
    "dashboard.save_banner": (
        "/sites/demo/banner",
        {"accent": "#336699", "radius": "3", "position": "corner", "font": "system"},
    ),
    "dashboard.upload_logo": ("/sites/demo/banner/logo", {"logo": "<a file>"}),
    "dashboard.remove_logo": ("/sites/demo/banner/logo/removal", {}),
    "dashboard.save_languages": ("/sites/demo/languages", {"languages": ["en", "de"], "default_language": "en"}),
    "dashboard.save_overrides": (
        "/sites/demo/settings/overrides",
        {"public_log": "1", "foreign_marks": "1", "one_choices_link": "1"},
    ),
    "dashboard.import_setup": ("/sites/demo/import/setup", {"file": "<a set-up>"}),
    "dashboard.confirm_old_choices": (
        "/sites/demo/import/choices",
        {"tool": "cookiebot", "categories": "statistics = analytics", "confirmed": "1"},
    ),
    "dashboard.end_old_choices": ("/sites/demo/import/choices/end", {}),
    "dashboard.save_links": (
        "/sites/demo/settings/links",
        {"external_transmission_notice": "https://www.example.com/notice"},
    ),
    "dashboard.save_tcf": ("/sites/demo/tcf", {"tcf": "1", "cmp_id": "123", "cmp_version": "1", "publisher_cc": "DE"}),
    "dashboard.save_gpp": ("/sites/demo/settings/gpp", {"gpp": "1", "approach": "both", "mspa": "none"}),
    "dashboard.save_sharing": ("/sites/demo/domains/sharing", {"shares": "1", "others": "brand-b", "named": "1"}),
    "dashboard.save_apps": ("/sites/demo/domains/apps", {"apps": "com.example.shop"}),
    "dashboard.save_account_retention": ("/sites/demo/retention/accounts", {"account_months": "36"}),
    "dashboard.save_rules": ("/sites/demo/rules", {"honour_dnt": "1", "reason": "We respect it everywhere"}),
    "dashboard.add_rule": (
        "/sites/demo/rules/US-CA",
        {"what": "session_replay", "level": "opt_in", "reason": "Suits over recordings"},
    ),
    "dashboard.remove_rule": ("/sites/demo/rules/US-CA/removal", {"what": "session_replay"}),
    "dashboard.restore_rule": ("/sites/demo/rules/US-CA/restored", {"rule": "<from the removal>"}),
    "dashboard.request_export": ("/sites/demo/receipts/exports", {"format": "csv"}),
    "dashboard.remove_export": (f"/sites/demo/receipts/exports/{EXPORT}/removal", {}),
    "dashboard.run_scan": ("/sites/demo/scan", {}),
    "dashboard.stop_scan": ("/sites/demo/scan/stop", {}),
    "dashboard.plan_scans": ("/sites/demo/scan/schedule", {"pages": "5", "days": "7", "regions": "DE"}),
    "dashboard.add_detected_tags": ("/sites/demo/found", {"source": "check"}),
    "dashboard.undo_detected_tags": ("/sites/demo/found/undone", {"parts": "<from the press>"}),
    "dashboard.allow_host": (
        "/sites/demo/hosts/allowed",
        {"host": "px.unheard.example", "allowed": "1", "back": "check"},
    ),
    "dashboard.set_host_blocked": (
        "/sites/demo/hosts/held",
        {"host": "px.unheard.example", "held": "1", "back": "check"},
    ),
    "dashboard.set_place": ("/sites/demo/tags/demo-ads/in-page", {"in_page": "1"}),
    "dashboard.decide_item": ("/sites/demo/review", {**FOUND, "group": "analytics"}),
    "dashboard.undo_decision": ("/sites/demo/review/undone", FOUND),
    "dashboard.publish_draft": ("/sites/demo/publish", {"revision": "2"}),
    "dashboard.revert_change": ("/sites/demo/publish/reverted", {"subject": "tag demo-ads"}),
    "dashboard.discard_draft": ("/sites/demo/publish/discarded", {"revision": "2"}),
    "dashboard.add_comment": ("/sites/demo/publish/comments", {"text": "Why is chat off?"}),
    "dashboard.add_alarm_channel": (
        "/sites/demo/alarms/channels",
        {"kind": "slack", "address": "https://hooks.example/slack", "alarms": "1"},
    ),
    "dashboard.remove_alarm_channel": ("/sites/demo/alarms/channels/1/removal", {}),
    "dashboard.restore_version": ("/sites/demo/versions/1/restore", {"give_up_draft": "yes"}),
    "dashboard.take_back_request": ("/sites/demo/publish/request/removal", {}),
    "dashboard.save_publishing_settings": ("/sites/demo/settings/publishing", {"always": "1"}),
    "dashboard.create_preview_link": ("/sites/demo/preview/links", {"hours": "1"}),
    "dashboard.end_preview_links": ("/sites/demo/preview/links/end", {}),
    "dashboard.stop_tags": ("/sites/demo/stop", {}),
    "dashboard.resume_tags": ("/sites/demo/resume", {}),
    "dashboard.add_site": ("/sites/new", {"name": "Third", "key": "third", "host": "https://third.example"}),
    "dashboard.invite": ("/users", {"email": "new@example.com", "role": "viewer", "site": "demo"}),
    "dashboard.grant_role": ("/users/6/roles", {"role": "viewer"}),
    "dashboard.revoke_role": ("/users/4/roles/removal", {"role": "viewer", "site": "demo"}),
    "dashboard.set_active": ("/users/6/active", {"active": "0"}),
    "dashboard.new_link": ("/users/6/link", {}),
    "dashboard.take_second_factor": ("/users/6/second-factor/removal", {}),
    "dashboard.end_sessions": ("/users/6/sessions/removal", {}),
    "dashboard.save_group": ("/users/groups", {"name": "Shops", "sites": ["demo", "other"]}),
    "dashboard.remove_group": ("/users/groups/removal", {"name": "Shops"}),
    "dashboard.create_token": ("/tokens", {"name": "Shop", "scope": "decide", "days": "30", "every": "1"}),
    "dashboard.revoke_token": ("/tokens/1/revocation", {}),
    "dashboard.end_own_session": ("/account/sessions/1/removal", {}),
    "dashboard.end_other_sessions": ("/account/sessions/removal", {}),
    "dashboard.add_request": (
        "/sites/demo/requests",
        {"kind": "access", "place": "DE", "received": "2026-11-20", "reference": "DSR-7"},
    ),
    "dashboard.extend_request": ("/sites/demo/requests/1/extension", {"reason": "Many requests"}),
    "dashboard.close_request": ("/sites/demo/requests/1/outcome", {"outcome": "done", "reason": "Sent by letter"}),
    "dashboard.open_request": ("/sites/demo/requests/1/opening", {}),
    "dashboard.save_retention": ("/sites/demo/retention", {"months": "24", "by_itself": "1"}),
    "dashboard.prune": ("/sites/demo/retention/runs", {"number": "<of receipts that are due>"}),
    "dashboard.hold_period": (
        "/sites/demo/retention/holds",
        {"first": "2026-01-01", "last": "2026-03-31", "reason": "Case 7"},
    ),
    "dashboard.export_access_copy": (f"{OF_VISITOR}/bundle", {"reason": "At the visitor's request", "format": "json"}),
    "dashboard.mark_subject": (f"{OF_VISITOR}/marks/objection", {"reason": "By letter"}),
    "dashboard.lift_mark_of": ("/sites/demo/rights/marks/objection/lifted", {"kind": "visitor", "id": VISITOR}),
    "dashboard.create_account_key": ("/sites/demo/account-choices/keys", {}),
    "dashboard.retire_account_key": (f"/sites/demo/account-choices/keys/{KID}/retirement", {"leaked": "1"}),
    "dashboard.withdraw_account": (
        f"/sites/demo/account-choices/{ACCOUNT}/withdrawal",
        {"withdrawal_reason": "By letter"},
    ),
    "dashboard.add_receiver": ("/sites/demo/delivery/new/plain", NEW_RECEIVER),
    "dashboard.change_receiver": (f"{OF_RECEIVER}/settings", NEW_RECEIVER),
    "dashboard.switch_receiver": (f"{OF_RECEIVER}/switch", {}),
    "dashboard.rotate_receiver_secret": (f"{OF_RECEIVER}/secret", {}),
    "dashboard.resend_delivery": (f"{OF_RECEIVER}/resend", {"n": "1"}),
    "dashboard.replay_delivery": (f"{OF_RECEIVER}/replay", {"since": "2026-11-20", "subjects": "all"}),
    "dashboard.snapshot_delivery": (f"{OF_RECEIVER}/snapshot", {}),
    "dashboard.approve_receiver": (f"{OF_RECEIVER}/approval", {}),
    "dashboard.discard_receiver_proposal": (f"{OF_RECEIVER}/approval/removal", {}),
    "dashboard.remove_receiver": (f"{OF_RECEIVER}/removal", {}),
    "dashboard.create_evidence": ("/sites/demo/evidence", {"date": "2026-11-24"}),
    "security.change_password": ("/account", {}),
}
"""By endpoint: an address and the fields of a form. A route that is missing here fails `test_audit.py`."""
