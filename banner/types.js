/**
 * Types of the data that the service sends. Nothing here runs; `tsc --checkJs` reads it.
 *
 * @typedef {"functional" | "analytics" | "advertising"} Group An optional group.
 * @typedef {"unknown" | "under13" | "13_15" | "16_17" | "adult"} AgeBand
 *
 * @typedef {object} Signals
 * @property {boolean} gpc
 * @property {boolean} dnt
 * @property {string} age_band
 * @property {number} [age] in whole years, where the site told it; for the decision alone
 *
 * @typedef {object} ResolvedTag A tag under today's rule; `level` is a rank of consent/core/groups.py.
 * @property {string} id
 * @property {string} vendor
 * @property {string} group
 * @property {number} level
 * @property {boolean} flagged
 * @property {boolean} third
 * @property {boolean} exempt
 * @property {boolean} [relaxed]
 * @property {string | null} hold
 * @property {string[]} only
 * @property {string[]} except
 * @property {boolean} [bound] whether it has page limits of its own
 * @property {string[]} covered
 * @property {string | null} limited the mode in which it may run without a grant here, `cookieless` or `restricted`
 * @property {Trigger} [trigger] what in the page it waits for
 * @property {{vendor: number, consent: number[], interest: number[]}} [tcf] its vendor in the list of IAB Europe's framework, where that applies, and the purposes by legal basis
 *
 * @typedef {ResolvedTag & {answer?: boolean | null, missing?: string}} AnsweredTag A tag with what the visitor answered to its vendor, and why that does not count: the part `tcf` fills it in.
 *
 * @typedef {object} Resolved What consent/core/resolve.py answers.
 * @property {string} rule
 * @property {string} regime
 * @property {string} letters
 * @property {Record<string, string>} letters_by_age
 * @property {Record<string, string>} under
 * @property {number} life
 * @property {number} keep
 * @property {string} scope
 * @property {boolean} gpc
 * @property {boolean} dnt
 * @property {boolean} quiet
 * @property {boolean} status
 * @property {string[]} links
 * @property {boolean | string[]} sensitive
 * @property {string} barred
 * @property {Record<string, number[]>} minors
 * @property {boolean} child
 * @property {boolean} ask_new
 * @property {{keys: string[], purposes: string, interests: string, features: string, consent: string, interest: string, google?: string}} [tcf] what visitors choose from by IAB Europe's framework
 * @property {Record<Group, {level: number, keys: string[]}>} groups where what decides has come
 * @property {Record<Group, string>} [keys] what a choice is written under now; older nodes do not tell it apart
 * @property {ResolvedTag[]} tags
 *
 * @typedef {object} TagAnswer
 * @property {string} id
 * @property {string} vendor
 * @property {string} group
 * @property {"full" | "limited" | "held"} mode
 * @property {string} reason
 * @property {string} rule
 * @property {Trigger} [trigger]
 *
 * @typedef {object} Trigger What in a page a tag waits for; which fields it has depends on its kind.
 * @property {"click" | "submit" | "visible" | "scroll" | "time" | "event" | "data_layer"} on
 * @property {string} [selector] of what is clicked, sent or seen
 * @property {number} [percent] of the page that was scrolled, or of the element that is in view
 * @property {number} [seconds]
 * @property {string} [name] of the event
 * @property {boolean} [repeat] whether the tag is loaded each time
 * @property {"run" | "drop"} [before_choice] what becomes of an event before the choice, `run` where it is missing
 *
 * @typedef {object} Decision
 * @property {"ask" | "notice" | "none"} show
 * @property {"opt_out_honored" | null} status
 * @property {string[]} links
 * @property {string | null} expires
 * @property {Record<string, {granted: boolean, reason: string, rule?: string}>} groups
 * @property {TagAnswer[]} tags
 * @property {string[]} allowed_tags
 * @property {string[]} limited_tags
 *
 * @typedef {object} AccountFacts What of the account of who is signed in applies here.
 * @property {"in"} state
 * @property {"account" | "device" | "both"} applies
 * @property {"joined" | "apart"} mode
 * @property {number} version
 * @property {"gpc" | null} signal
 * @property {string[]} lines
 *
 * @typedef {object} OldFacts What consent/core/documents/script_payload.py says of a mapping.
 * @property {string} mapping
 * @property {string} tool
 * @property {string} cookie
 * @property {Record<string, string>} categories
 * @property {boolean} delete
 * @property {number} revision
 * @property {number | null} life days that the cookie lives at most, where its value has no day
 * @property {Record<string, string>} keys
 * @property {number} months
 *
 * @typedef {object} RunningTool The former consent tool that may still run on the site.
 * @property {string} tool
 * @property {boolean} taken whether a mapping takes over what visitors answer there
 *
 * @typedef {object} Call A global function to call, as data; `fillArguments` of vendors/vendor_calls.js tells what `{"$": ...}` among `args` stands for.
 * @property {string} call `name` or `name.method`, also deeper
 * @property {string} [queue] the global array that takes the arguments until the vendor's code is there
 * @property {boolean} [before] whether it is called before the element is added and not after it
 * @property {boolean} [loaded] whether it is called once the element has loaded
 * @property {unknown[]} args
 *
 * @typedef {object} TagNode One node of code that somebody pasted.
 * @property {"script" | "img" | "iframe"} element
 * @property {string} src empty for inline code
 * @property {string} text
 * @property {Record<string, string>} attributes
 *
 * @typedef {object} TagLoad
 * @property {"script" | "frame" | "pixel" | "marked" | "html"} type
 * @property {TagNode[]} [nodes] of type `html`
 * @property {string} src
 * @property {Record<string, string | number | boolean | null>} attributes
 * @property {Call[]} calls
 * @property {PageGlobal[]} [setup] before anything else
 * @property {Construct} [construct] once the code has come
 *
 * @typedef {object} PageGlobal A global that is set where the page has none: consent/data/vendor.schema.json tells of each field.
 * @property {string} name
 * @property {unknown} [value]
 * @property {"function" | "array" | "object" | "events"} [stub]
 * @property {string} [queue]
 * @property {string} [handler]
 * @property {"arguments"} [entries]
 * @property {string} [prefix]
 * @property {string[]} [methods]
 * @property {Record<string, unknown>} [properties]
 *
 * @typedef {object} Construct
 * @property {string} class
 * @property {string} name
 * @property {string} queue
 * @property {Record<string, unknown>} options
 *
 * @typedef {object} VendorActs
 * @property {string} name
 * @property {Call[]} revoke
 * @property {VendorConsent} [consent]
 * @property {string[]} hosts globs, its mounts on the own hosts of the site among them
 * @property {{url: string, text: string}} [opt_out] of one that keeps cookies on hosts of its own
 * @property {string} [policy] the address of its privacy policy
 *
 * @typedef {object} VendorConsent What it is told beside `revoke`: consent/data/vendor.schema.json tells of each.
 * @property {Call[]} [default]
 * @property {Call[]} [granted]
 * @property {Call[]} [limited]
 * @property {boolean} [stops]
 *
 * @typedef {object} NamedCookie
 * @property {string} name
 * @property {boolean} pattern the name ends in `*`
 * @property {"cookie" | "local" | "session"} kind
 * @property {string} group
 * @property {string | null} vendor
 * @property {string | null} domain
 *
 * @typedef {object} Acts
 * @property {Record<string, TagLoad>} tags
 * @property {Record<string, VendorActs>} vendors
 * @property {NamedCookie[]} cookies
 * @property {Record<string, string>} texts
 * @property {string[]} run entries of hosts that the site lets run
 * @property {{side?: string, offset?: number, icon?: boolean, own_link?: boolean}} [back] how the button looks that reopens the second layer
 *
 * @typedef {object} Visit
 * @property {string} site
 * @property {string} config
 * @property {number} version
 * @property {string} language
 * @property {string} variant
 * @property {{country: string | null, subdivision: string | null, source: string}} place
 * @property {string} regime
 * @property {string} rules_version
 *
 * @typedef {object} Ahead What the service decided ahead: consent/runtime/precomputed_decisions.py.
 * @property {string} rule
 * @property {string[]} links
 * @property {string[]} named the groups, by name alone, and id, vendor and group of each tag
 * @property {string[]} pages parts of paths of pages that the site makes a difference of
 * @property {AheadAnswer} ask for a visitor without a choice
 * @property {AheadAnswer} accept_all right after that choice
 * @property {AheadAnswer} reject_all
 *
 * @typedef {object} AheadAnswer
 * @property {Decision["show"]} show
 * @property {Decision["status"]} status
 * @property {string | null} expires
 * @property {string[]} answers mode and reason of each that is named
 *
 * @typedef {object} GppSection A section of the visitor's GPP string: consent/core/gpp/mapping.py.
 * @property {number} id
 * @property {string} prefix
 * @property {boolean} gpc whether it has the segment of that signal
 * @property {[name: string, bits: number, count: number, value: number | string | (number | string)[]][]} fields
 *
 * @typedef {object} TcfFacts What the part `tcf` works with: consent/core/documents/tcf.py. Sets are texts of consent/core/tcf/id_sets.py.
 * @property {boolean} applies
 * @property {[id: number, version: number]} cmp
 * @property {[version: number, policy: number]} list
 * @property {string} cc
 * @property {string} lang
 * @property {string} key
 * @property {string} disclosed
 * @property {string} consent
 * @property {string} interest
 * @property {string} purposes
 * @property {string} interests
 * @property {string} features
 * @property {[purpose: number, type: number, vendors: string][]} restrictions
 * @property {string} [google]
 * @property {boolean} [consent_mode]
 * @property {number} months
 * @property {string[]} more the addresses of texts and vendors of the second layer
 *
 * @typedef {object} DrawnVariant A variant of the first layer, and what of it is otherwise.
 * @property {string} id
 * @property {number} weight
 * @property {string} token
 * @property {{css: string, position: string}} [look]
 * @property {[string, string?][]} [words]
 * @property {Record<string, string>} [texts]
 *
 * @typedef {object} Payload
 * @property {DrawnVariant[]} [draw] the variants that a page view draws from, where the site has an experiment
 * @property {TcfFacts} [tcf] on a site that takes part in IAB Europe's framework
 * @property {string} [screens] the address of the code of its second layer
 * @property {[string, string | null, string[]][]} [guarded] group, vendor and names of the cookies that wait for a grant, where the site wants it
 * @property {boolean | Record<string, string>} [foreign] whether the marks of other tools count, or the vendors by their names there
 * @property {Visit} visit
 * @property {Signals} signals
 * @property {string} token
 * @property {string} [region] the visitor's place, as ISO 3166 code, where it is known
 * @property {Resolved} resolved all of it where the part `acts` has come, else what a choice needs
 * @property {Ahead} ahead decisions, where the part `acts` does not come with the script
 * @property {Acts} acts what the part `acts` works with, where it has come
 * @property {string} later the address that the part `acts` is fetched from, with that
 * @property {number} [sightings] one page view in so many tells names of what it met
 * @property {Record<string, Trigger>} [triggers] by the tag that waits for it
 * @property {Record<string, string[]>} [watch] the hosts of each vendor with a tag, for these page views
 * @property {string[]} [sends] the signals for everybody that the site has switched on
 * @property {GppSection[]} [gpp] the sections of this place, by rising id
 * @property {boolean} [handle] whether users' tools do not know the words of its rejection
 * @property {string} eager a selector of what in a page `acts` has work with at once
 * @property {{label: string, url?: string, action?: string, group?: string, icon?: boolean}[]} links
 * @property {string | null} policy
 * @property {{css: string, position: string}} look
 * @property {Group[]} [asked] the groups that the site asks for, where they are not all
 * @property {OldFacts} [old] what the choice of another tool is read with, where the site wants that
 * @property {RunningTool} [old_tool] where the site still has its former consent tool
 * @property {boolean} [accounts] whether choices of who is signed in follow the account
 * @property {boolean} [headless] whether the page draws its own layers
 * @property {string[]} [handover] the hosts that share choices, with a port that is not 443
 * @property {boolean} [apps] whether the site has apps, whose webviews bring a choice along
 * @property {string} [scope]
 * @property {[string, string?][]} words those of the first layer: each with the address of a link, the name of an element, or neither
 * @property {Texts} texts
 * @property {Record<string, [string, string?][]>} [linked] those of later layers that hold links, in pieces like `words`
 * @property {string} [direction]
 * @property {string} others pattern of how a page's `lang` begins for which the service may answer in another language
 *
 * The strings of both layers. `{vendor}` is filled in. A key `link_<token>` names a link that a place asks for, such as `link_do_not_sell_or_share`.
 *
 * @typedef {Record<
 *   | "label" | "title" | "text" | "withdrawal" | "vendors_link" | "policy"
 *   | "accept_all" | "reject_all" | "settings" | "save" | "close"
 *   | "notice_title" | "notice" | "opt_out" | "dismiss" | "status" | "gpc_active" | "dnt_active" | "gpc_conflict" | "dnt_conflict"
 *   | "preferences_title" | "preferences_text" | "always_on" | "locked" | "limited" | "vendors" | "vendor_policy" | "vendor_opt_out"
 *   | "keep_proof" | "receipts" | "back" | "download" | "frame" | "load_once" | "always_allow"
 *   | "essential" | "functional" | "analytics" | "advertising"
 *   | "essential_text" | "functional_text" | "analytics_text" | "advertising_text", string>} Texts
 */
export {};
