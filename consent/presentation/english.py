"""English source texts of the banner and its pages, for consent/translations/banner.

`pybabel extract` finds each text by the function name `say`; CONTRIBUTING.md has the commands. `{controller}`,
`{partners}` (the third parties in words: `4 partners`) and `{vendors}` (only their number) are filled in when a
config is published, `{vendor}` (a name) when the text is displayed. Sentences are plain: no guilt, no double negatives,
nothing that favors one answer (EDPB guidelines 03/2022; 11 CCR 7004(a)).
"""


def say(key: str, english: str) -> tuple[str, str]:
    """Return a key and its English text; the key is the message context (msgctxt) in the catalogs."""
    return key, english


LAYERS = dict(
    (
        # The first layer where consent is asked for. Before the buttons it states who, what for, how many third
        # parties, and how to withdraw (GDPR art. 13; CNIL guidelines of 2020-09-17). Opt-out tools recognize the labels.
        say("label", "Cookies and privacy"),
        say("title", "Your cookie choices"),
        say(
            "text",
            "We ({controller}) and {partners} use cookies. Essential cookies are always on; you choose the rest.",
        ),
        say("withdrawal", "Change or withdraw your choice at any time under “Privacy choices”."),
        say("vendors_link", "List of partners"),
        say("policy", "Privacy policy"),
        say("accept_all", "Accept all"),
        say("reject_all", "Reject all"),
        say("settings", "Settings"),
        say("save", "Save my choice"),
        say("close", "Close without saving"),
        # A one-line notice where tags may run until they are refused.
        say("notice_title", "Cookies on this site"),
        say(
            "notice",
            "We ({controller}) and {partners} use cookies. You can opt out at any time.",
        ),
        say("opt_out", "Opt out"),
        say("dismiss", "Close"),
        # 11 CCR 7025(c)(6) prescribes this wording.
        say("status", "Opt-Out Request Honored"),
        say(
            "gpc_active",
            "Your browser sends Global Privacy Control. "
            "We treat it as your refusal of sale, sharing and targeted advertising.",
        ),
        say(
            "gpc_conflict",
            "Your browser sends Global Privacy Control, which refuses sale, sharing and targeted advertising. "
            "What you accept here counts instead of that signal.",
        ),
        say(
            "dnt_active", "Your browser sends Do Not Track. We treat it as your objection to tracking for advertising."
        ),
        say(
            "dnt_conflict",
            "Your browser sends Do Not Track, which objects to tracking. "
            "What you accept here counts instead of that signal.",
        ),
        # The second layer.
        say("preferences_title", "Your privacy choices"),
        say("preferences_text", "Switch each group on or off, or open its list and choose for each partner."),
        say("always_on", "Always on"),
        say("locked", "Stays off at your age."),
        say("limited", "Even when this is off, your browser sends some data to {vendor}."),
        say("vendors", "Partners"),
        say("vendor_policy", "Privacy policy of {vendor}"),
        say("vendor_opt_out", "Opt out with {vendor}"),
        say("cookie_name", "Name"),
        say("cookie_purpose", "Purpose"),
        say("cookie_lifetime", "Lifetime"),
        say("session_lifetime", "until the browser is closed"),
        say("keep_proof", "Keep proof of my choice: a random number stays in this browser"),
        say("receipts", "My receipts"),
        # On every page, and in placeholders of blocked content.
        say("back", "Privacy choices"),
        say("download", "Download receipt"),
        say("frame", "Content of {vendor} loads after you allow it. Your browser then sends data to {vendor}."),
        say("load_once", "Load once"),
        say("always_allow", "Always allow"),
        # The links that places require, by their token in `required_links` of data/regions/regions.csv. Notices of sale
        # are missing: they are statements about the controller's business, in the controller's own words.
        say("link_do_not_sell_or_share", "Do Not Sell or Share My Personal Information"),
        say("link_limit_sensitive_pi", "Limit the Use of My Sensitive Personal Information"),
        say("link_your_privacy_choices", "Your Privacy Choices"),
        say("link_opt_out_link", "Opt out of sale and targeted advertising"),
        say("link_object_statistics", "Object to statistics"),
        say("link_object_appearance", "Object to remembered settings"),
        say("link_withdraw_consent", "Privacy choices"),
        say("link_cookie_policy", "Cookie policy"),
        say("link_cookie_policy_pt", "Cookie policy"),
        say("link_privacy_policy", "Privacy policy"),
        say("link_notice_at_collection", "Notice at collection"),
        say("link_consumer_health_privacy_policy", "Consumer health data privacy policy"),
        say("link_designated_request_address", "Address for privacy requests"),
        say("link_external_transmission_notice", "Notice of external transmission"),
        say("link_privacy_officer_contact", "Contact the privacy officer"),
        say("link_grievance_contact", "Contact for complaints"),
        say("link_board_complaint", "Complain to the data protection board"),
    )
)

GROUPS = dict(
    (
        say("essential", "Essential"),
        say("essential_text", "What the site needs to work, such as security, log-in and the cart."),
        say("functional", "Functional"),
        say("functional_text", "Extras such as chat, videos and remembered settings."),
        say("analytics", "Analytics"),
        say("analytics_text", "Measures how the site is used."),
        say("advertising", "Advertising"),
        say("advertising_text", "Shows and measures ads based on your activity on this and other sites."),
    )
)

# The page of a visitor's own receipts, /r/<site>. Not part of a config, since no receipt depends on it.
RECEIPTS = dict(
    (
        say(
            "receipts_text",
            "The choices made in this browser, with proof of each. {controller} is responsible for this website.",
        ),
        say(
            "receipts_none",
            "No receipt is linked to this browser. After a refusal, no number is stored in it unless you ask to "
            "keep proof.",
        ),
        say("action_accept_all", "Accepted all"),
        say("action_reject_all", "Rejected all"),
        say("action_save", "Own selection"),
        say("action_withdraw", "Consent withdrawn"),
        say("action_opt_out", "Opted out"),
        say("action_opt_in", "Opted in"),
        say("action_object", "Objected"),
        say("allowed", "Allowed"),
        say("refused", "Refused"),
        say("unanswered", "Not answered"),
        say("expires", "Valid until"),
        say("shown", "What you were shown"),
        say("receipt_id", "Receipt number"),
        say("copy", "Copy"),
        say("copied", "Copied"),
        say("qr", "QR code of the receipt number"),
        say("change", "Change my choice"),
        say("withdraw", "Withdraw my consent"),
        say("withdrawn", "Your consent is withdrawn."),
        say("account_receipts", "Choices of your account"),
        say("withdraw_devices", "Withdraw on all devices"),
        say("proof", "Download receipt and proof"),
        say("proof_waits", "The proof is being prepared. This takes a few seconds, at most a minute."),
        say("receipts_archived", "This receipt is kept in an archive. Ask {controller} for it and give its number."),
        say(
            "receipts_imported",
            "This choice was made in an earlier cookie banner of this website and carried over at the time shown.",
        ),
        say("receipts_error", "Something went wrong. Reload the page and try again."),
        say("delivery_title", "Who was notified of your choice"),
        say("delivery_waits", "Not notified yet, since"),
        say("delivery_heard", "Notified"),
        say("delivery_confirmed", "Confirmed"),
        say("script_log", "The script and the settings in the log"),
        say("script_check", "Check the script of this website"),
        say("script_true", "The script matches the one in the log."),
        say("script_false", "We couldn’t confirm that the script matches the one in the log."),
    )
)

# The cookie declaration, /c/<site>. Not part of a config, since no receipt depends on it.
DECLARATION = dict(
    (
        say(
            "declaration_text",
            "What this website stores in your browser or reads from it, who it is for, and why. {controller} is "
            "responsible.",
        ),
        say("declaration_changed", "Last changed: {date}"),
        say("choice_elsewhere", "The website itself stores your choice. View or change it there:"),
        say("group_none", "Nothing in this group is in use."),
        say("own_id", "links your receipts to this browser, after a grant or if you ask to keep proof"),
        say("proof_kept", "Where proof of your choice is stored: {place}. For how long: {retention}."),
        # The default facts of a new site, for `proof_kept`.
        say("proof_place", "On our own server"),
        say("proof_period", "{period} after expiry or withdrawal"),
        say("signals_title", "Signals from your browser"),
        say(
            "gpc_counts",
            "If your browser sends Global Privacy Control, "
            "we treat it as your refusal of sale, sharing and targeted advertising.",
        ),
        say(
            "dnt_counts",
            "If your browser sends Do Not Track, we treat it as your objection to tracking for advertising.",
        ),
        say("signal_ignored", "{signal} has no effect here. Your choice is what counts."),
        say("delete_title", "How to delete cookies"),
        say(
            "delete_text",
            "Your browser can show and delete what websites store in it: at the address given here, or as its "
            "help page describes. If you delete everything, your choice is gone too, and we ask you again.",
        ),
    )
)

# The page for requests under privacy laws, /rights/<site>, and its mails. Not part of a config, either.
REQUESTS = dict(
    (
        say("rights", "Privacy requests"),
        say(
            "rights_text",
            "Use this page to make a request to {controller} about your personal data. You don’t need an account.",
        ),
        say("rights_place", "Where do you live?"),
        say("rights_place_text", "The law of that place decides which requests you can make."),
        say("rights_elsewhere", "A place not on this list"),
        say("rights_show", "Show my rights"),
        say("rights_language", "Language"),
        say("rights_kind", "What is your request?"),
        say("kind_access", "A copy of my data"),
        say("kind_rectification", "Correction of my data"),
        say("kind_erasure", "Erasure of my data"),
        say("kind_restriction", "Restriction of the use of my data"),
        say("kind_portability", "My data in a format for another service"),
        say("kind_objection", "Objection to the use of my data"),
        say("kind_opt_out_sale", "No sale or sharing of my data"),
        say("kind_limit_sensitive", "Limited use of my sensitive data"),
        say("kind_disclosure", "A list of who received my data for direct marketing"),
        say("rights_proof", "How can we find your data?"),
        say("proof_browser", "By this browser, which has the receipts of your choices"),
        say("proof_account", "By the account you are signed in to"),
        say("proof_mail", "By your email address"),
        say("rights_mail", "Your email address"),
        say(
            "rights_mail_text",
            "We’ll send you a link to confirm the request. Your address is stored encrypted and deleted {count} "
            "days after the request is closed.",
        ),
        say("rights_details", "Anything else we should know? (optional)"),
        say("rights_details_text", "For a correction: what is wrong, and what it should be. Up to {count} characters."),
        say("rights_send", "Send request"),
        say(
            "rights_no_way",
            "This browser has no receipts of your choices, so you can’t make a request here. Please write to "
            "{controller}.",
        ),
        say("rights_off", "You can’t make requests on this page. Please write to {controller}."),
        say("rights_mail_sent", "We’ve emailed you a link. Open it within 24 hours to confirm your request."),
        say("rights_confirm", "Confirm your request"),
        say("rights_used", "This link is no longer valid: it was already used, or it has expired."),
        say("rights_again", "Make a new request"),
        say("rights_received", "We’ve received your request."),
        say("rights_keep", "Save the address of this page to check the status of your request."),
        say("rights_number", "Request number"),
        say("rights_date", "Received on"),
        say("rights_due", "You’ll get an answer by"),
        say("state_open", "Being processed"),
        say("state_done", "Fulfilled"),
        say("state_partly", "Fulfilled in part"),
        say("state_refused", "Declined"),
        say("state_not_identified", "Not fulfilled: we couldn’t find out whose data it is"),
        say("state_taken_back", "You withdrew the request"),
        say("rights_extended", "The deadline for the answer was extended"),
        say("rights_reason", "Reason given"),
        say("rights_take_back", "Withdraw request"),
        say("rights_complain", "You can complain to the privacy regulator where you live"),
        say("rights_now", "You can change your cookie choices at any time, without a request"),
        say("error_kind", "Choose a request."),
        say("error_proof", "Choose how we can find your data."),
        say("error_mail", "Enter a valid email address."),
        say("error_details", "The text is too long. Use up to {count} characters."),
        say("error_again", "Your request wasn’t sent yet. Please press the button again."),
        say("error_account", "We couldn’t confirm your account. Go back, reload the page, and try again."),
        say("error_many", "There were too many requests. Try again later."),
        say("rights_trap", "Leave this field empty"),
        say("mail_subject", "Your privacy request to {controller}"),
        say(
            "mail_confirm",
            "Somebody made this request to {controller} with your email address. If it was you, open the link "
            "within 24 hours and press the button. If it wasn’t, ignore this email, and the request won’t count.",
        ),
        say("mail_changed", "There is an update on your request."),
        say("account_delete", "Delete my account’s choices"),
        say("account_deleted", "Your account’s choices are deleted. Refusals stay in effect without a link to you."),
    )
)

ACCOUNT = dict(
    (
        # Only on sites with accounts. The scope is stated before the buttons, and doesn't depend on the answer (CNIL,
        # 2025-131).
        say("account_scope", "Your choice counts on all devices where you are signed in."),
        say("account_all", "On all my devices"),
        say("account_device", "Only on this device"),
        say("account_applied", "The choices of your account apply on this device."),
        # Square brackets enclose a button's label.
        say(
            "device_stricter",
            "You refused more on this device. Your account allows it. [Use my account's choice]",
        ),
        say("account_stricter", "Your account refused more than this device."),
        say(
            "account_signal",
            "A device of your account sends Global Privacy Control, so you are opted out here too.",
        ),
        say("account_confirm", "Confirm: allow sale or sharing again for your account?"),
        say(
            "signed_out",
            "Not signed in: this choice counts for this browser. Sign in to opt out for your account.",
        ),
    )
)

HANDOVER = dict(
    (
        # Only on sites that share choices with other domains; `{host}` is one of those, such as www.example.com.
        say("handover_applied", "Your choice on {host} applies here."),
    )
)

TCF = dict(
    (
        # The first layer where IAB Europe's framework applies (TCF Policies, appendix B); `{count}` counts vendors.
        say(
            "tcf_intro",
            "We ({controller}) and our partners ({count}) store information on your device, such as cookies "
            "and identifiers, or read it from there, and process personal data, such as identifiers and "
            "browsing data.",
        ),
        say("tcf_purposes", "Purposes"),
        say("tcf_special_are", "Only if you switch them on"),
        say(
            "tcf_first_interest",
            "Some partners do not ask for your consent and rely on their legitimate interest. Under "
            "“{settings}” you can object.",
        ),
        say("tcf_scope", "Your choice counts on {hosts}."),
        # The TCF second layer, around the names and texts of the vendor list.
        say("tcf_special_features", "Special features"),
        say("tcf_special_purposes", "Special purposes"),
        say("tcf_features", "Features"),
        say("tcf_google", "Other ad providers of Google"),
        say("tcf_own", "What we store ourselves"),
        say("tcf_no_objection", "Partners may do this whatever you choose: you cannot object to special purposes."),
        say(
            "tcf_no_choice",
            "Partners may use these for the purposes that you allow; you cannot choose them separately.",
        ),
        say("tcf_follow", "Partners follow the purposes that you allow, until you choose partners one by one."),
        say(
            "tcf_google_text",
            "They are not part of the Transparency and Consent Framework. Google’s tags use them only if you "
            "allow them here.",
        ),
        say(
            "tcf_own_text",
            "Your choice, in the cookies {name} and {name}_tcf, for 400 days. It counts for {months} months; "
            "then we ask you again.",
        ),
        say(
            "tcf_outside",
            "These partners are not part of the Transparency and Consent Framework. The switch of this group "
            "covers them.",
        ),
        say("tcf_details", "Details"),
        say("tcf_count", "partners: {count}"),
        say("tcf_examples", "Examples"),
        say("tcf_interest", "Legitimate interest"),
        say("tcf_find", "Find by name"),
        say("tcf_more", "Show more ({count} left)"),
        say("tcf_partly", "in part"),
        say("tcf_kept", "kept for {time}"),
        say("tcf_by_consent", "Purposes by consent"),
        say("tcf_by_interest", "Purposes by legitimate interest"),
        say("tcf_data", "Categories of data"),
        say("tcf_storage", "Storage on your device"),
        say("tcf_cookies", "Uses cookies"),
        say("tcf_max_age", "for {time} at most"),
        say("tcf_refreshed", "renewed with each use"),
        say("tcf_other_storage", "Uses storage other than cookies"),
        say("tcf_claim", "About its legitimate interest"),
        say("tcf_disclosure", "What it stores on your device"),
    )
)

# Used after the name of a cookie or vendor, and in lists: a lowercase verb, no period.
PURPOSES = dict(
    (
        say("purpose_session", "keeps pages of a visit together"),
        say("purpose_authentication", "keeps you signed in"),
        say("purpose_security", "protects forms and requests against misuse"),
        say("purpose_bot_defence", "tells people from robots"),
        say("purpose_fraud_prevention", "detects fraud in accounts and payments"),
        say("purpose_load_balancing", "sends a visitor to the same server"),
        say("purpose_cart", "remembers the shopping cart"),
        say("purpose_payment", "carries out a payment"),
        say("purpose_consent_state", "remembers the privacy choice"),
        say("purpose_form_state", "keeps what was entered while a form is filled in"),
        say("purpose_network", "delivers pages and files correctly or from a cache"),
        say("purpose_language", "remembers the chosen language"),
        say("purpose_region", "remembers the country or currency"),
        say("purpose_display_settings", "remembers how the visitor likes pages to look"),
        say("purpose_remembered_user", "recognizes returning visitors or fills in their name"),
        say("purpose_recently_viewed", "shows what you viewed before"),
        say("purpose_saved_items", "keeps lists and favorites"),
        say("purpose_chat", "runs a chat or support window"),
        say("purpose_embedded_media", "plays embedded video or audio and keeps its settings"),
        say("purpose_personalisation", "adapts content to the visitor"),
        say("purpose_notification_state", "remembers which messages were shown or closed"),
        say("purpose_feature_state", "keeps the state of a feature of the site"),
        say("purpose_visitor_statistics", "counts visitors and their visits"),
        say("purpose_session_statistics", "measures what happens within a visit"),
        say("purpose_traffic_source", "remembers where a visitor came from"),
        say("purpose_campaign_measurement", "measures a campaign for the site itself"),
        say("purpose_ab_test", "compares versions of a page (A/B test)"),
        say("purpose_session_replay", "records clicks and mouse movements for heatmaps or replays"),
        say("purpose_performance_monitoring", "measures how fast pages are"),
        say("purpose_error_monitoring", "reports errors in pages"),
        say("purpose_feedback", "runs surveys and ratings"),
        say("purpose_ad_visitor_id", "recognizes visitors for advertising"),
        say("purpose_retargeting", "shows ads for products viewed before (retargeting)"),
        say("purpose_conversion", "measures whether an ad led to a purchase or sign-up (conversions)"),
        say("purpose_ad_delivery", "selects and shows ads"),
        say("purpose_ad_frequency", "limits how often an ad is shown"),
        say("purpose_bidding", "sells or buys ad space in auctions"),
        say("purpose_id_sync", "matches visitor IDs between companies"),
        say("purpose_affiliate", "credits a partner for a sale"),
        say("purpose_click_id", "keeps the ID of an ad click"),
        say("purpose_social_tracking", "lets a social network recognize visitors on other sites"),
    )
)

ENGLISH = {**LAYERS, **GROUPS, **ACCOUNT, **HANDOVER, **TCF, **RECEIPTS, **DECLARATION, **REQUESTS, **PURPOSES}
