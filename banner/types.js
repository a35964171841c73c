/**
 * Types of the data that the service sends. No code here runs; `tsc --checkJs` reads it.
 *
 * @typedef {"functional" | "analytics" | "advertising"} Group An optional group.
 * @typedef {"unknown" | "under13" | "13_15" | "16_17" | "adult"} AgeBand
 *
 * @typedef {object} Signals
 * @property {boolean} gpc
 * @property {boolean} dnt
 * @property {string} age_band
 * @property {number} [age] in whole years, if the site states it; used for the decision only
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
 * @property {Trigger} [trigger] the event in the page that it waits for
 * @property {{vendor: number, consent: number[], interest: number[]}} [tcf] its vendor in the list of IAB Europe's framework, if that applies, and the purposes by legal basis
 *
 * @typedef {ResolvedTag & {answer?: boolean | null, missing?: string}} AnsweredTag A tag with the visitor's answer to its vendor, and why that doesn't count; filled in by the part `tcf`.
 *
 * @typedef {object} Resolved The result of consent/core/resolve.py.
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
 * @property {{groups: Group[], marked?: Group[], except: string[]}} [asks] the groups to ask about even without a tag, those that only other tools' marks may need, and the pages on which not to ask
 * @property {{keys: string[], purposes: string, interests: string, features: string, consent: string, interest: string, google?: string}} [tcf] what visitors can choose under IAB Europe's framework
 * @property {Record<Group, {level: number, keys: string[]}>} groups once the part `acts` has loaded
 * @property {Record<Group, string>} [keys] the keys under which choices are written now; older nodes don't send them
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
 * @typedef {object} Trigger The event in a page that a tag waits for; its fields depend on its kind.
 * @property {"click" | "submit" | "visible" | "scroll" | "time" | "event" | "data_layer"} on
 * @property {string} [selector] of the element that is clicked, submitted or seen
 * @property {number} [percent] of the page that was scrolled, or of the element that is in view
 * @property {number} [seconds]
 * @property {string} [name] of the event
 * @property {boolean} [repeat] whether the tag is loaded each time
 * @property {"run" | "drop"} [before_choice] what happens to an event before the choice; `run` by default
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
 * @typedef {object} AccountFacts What applies here of a signed-in visitor's account.
 * @property {"in"} state
 * @property {"account" | "device" | "both"} applies
 * @property {"joined" | "apart"} mode
 * @property {number} version
 * @property {"gpc" | null} signal
 * @property {string[]} lines
 *
 * @typedef {object} OldFacts A mapping as described in consent/core/documents/script_payload.py.
 * @property {string} mapping
 * @property {string} tool
 * @property {string} cookie
 * @property {Record<string, string>} categories
 * @property {boolean} delete
 * @property {number} revision
 * @property {number | null} life maximum lifetime of the cookie in days, if its value has no date
 * @property {Record<string, string>} keys
 * @property {number} months
 * @property {Record<string, string[]>} vendor_groups the groups of each mapped vendor's tags
 * @property {string[]} sold the groups and mapped vendors with a tag that sells or shares data
 *
 * @typedef {object} RunningTool The former consent tool that may still run on the site.
 * @property {string} tool
 * @property {boolean} taken whether a mapping imports visitors' answers there
 *
 * @typedef {object} Call A global function to call, as data; for `{"$": ...}` in `args`, see `fillArguments` in vendors/vendor_calls.js.
 * @property {string} call `name` or `name.method`, also nested deeper
 * @property {string} [queue] the global array that collects the arguments until the vendor's code has loaded
 * @property {boolean} [before] whether it is called before the element is added instead of after it
 * @property {boolean} [loaded] whether it is called after the element has loaded
 * @property {unknown[]} args
 *
 * @typedef {object} TagNode One node of pasted code.
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
 * @property {PageGlobal[]} [setup] run before anything else
 * @property {Construct} [construct] run after the code has loaded
 *
 * @typedef {object} PageGlobal A global that is set if the page doesn't have it; consent/data/vendor.schema.json describes the fields.
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
 * @property {string[]} hosts globs, including its mounts on the site's own hosts
 * @property {{url: string, text: string}} [opt_out] for a vendor with cookies on its own hosts
 * @property {string} [policy] the address of its privacy policy
 *
 * @typedef {object} VendorConsent What it is sent besides `revoke`; consent/data/vendor.schema.json describes the fields.
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
 * @property {string[]} run entries of hosts that the site allows
 * @property {{side?: string, offset?: number, icon?: boolean, own_link?: boolean}} [back] the look of the button that reopens the second layer
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
 * @typedef {object} Ahead Precomputed decisions: consent/runtime/precomputed_decisions.py.
 * @property {string} rule
 * @property {string[]} links
 * @property {string[]} named the groups, by name only, and id, vendor and group of each tag
 * @property {string[]} pages parts of the paths of pages that the site treats differently
 * @property {AheadAnswer} ask for a visitor without a choice
 * @property {AheadAnswer} accept_all right after that choice
 * @property {AheadAnswer} reject_all
 *
 * @typedef {object} AheadAnswer
 * @property {Decision["show"]} show
 * @property {Decision["status"]} status
 * @property {string | null} expires
 * @property {string[]} answers mode and reason of each entry in `named`
 *
 * @typedef {object} GppSection A section of the visitor's GPP string: consent/core/gpp/mapping.py.
 * @property {number} id
 * @property {string} prefix
 * @property {boolean} gpc whether it has the GPC segment
 * @property {[name: string, bits: number, count: number, value: number | string | (number | string)[]][]} fields
 *
 * @typedef {object} TcfFacts The data of the part `tcf`: consent/core/documents/tcf.py. Sets are encoded as in consent/core/tcf/id_sets.py.
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
 * @property {string[]} more the addresses of the second layer's texts and vendors
 *
 * @typedef {object} DrawnVariant A variant of the first layer, with what it changes.
 * @property {string} id
 * @property {number} weight
 * @property {string} token
 * @property {{css: string, position: string}} [look]
 * @property {[string, string?][]} [words]
 * @property {Record<string, string>} [texts]
 *
 * @typedef {object} Payload
 * @property {DrawnVariant[]} [draw] the variants that a page view draws from, if the site has an experiment
 * @property {TcfFacts} [tcf] on a site that uses IAB Europe's framework
 * @property {string} [screens] the address of the code of the framework's second layer
 * @property {[string, string | null, string[]][]} [guarded] group, vendor and names of the cookies that wait for a grant, if the site wants that
 * @property {boolean | Record<string, string>} [foreign] whether other tools' marks count, or the vendors by their names there
 * @property {Visit} visit
 * @property {Signals} signals
 * @property {string} token
 * @property {string} [region] the visitor's place as an ISO 3166 code, if it is known
 * @property {Resolved} resolved complete if the part `acts` has loaded, else what a choice needs
 * @property {Ahead} ahead precomputed decisions, if the part `acts` doesn't come with the script
 * @property {Acts} acts the data of the part `acts`, if it has loaded
 * @property {string} later the address of the part `acts` with its data
 * @property {number} [sightings] one in this many page views reports the names of what it found
 * @property {Record<string, Trigger>} [triggers] by the id of the waiting tag
 * @property {Record<string, string[]>} [watch] the hosts of each vendor with a tag, for these page views
 * @property {string[]} [sends] the signals for everybody that the site has switched on
 * @property {GppSection[]} [gpp] the sections of this place, by ascending id
 * @property {boolean} [handle] whether users' tools don't recognize its rejection button
 * @property {string} eager a selector of the content for which `acts` is needed immediately
 * @property {{label: string, url?: string, action?: string, group?: string, icon?: boolean}[]} links
 * @property {string | null} policy
 * @property {{css: string, position: string}} look
 * @property {Group[]} [asked] the groups that the site asks about, if not all
 * @property {OldFacts} [old] how to read another tool's choice, if the site wants that
 * @property {RunningTool} [old_tool] if the site still has its former consent tool
 * @property {boolean} [accounts] whether signed-in visitors' choices follow their account
 * @property {boolean} [headless] whether the page draws its own layers
 * @property {string[]} [handover] the hosts that share choices, with their port unless it is 443
 * @property {boolean} [apps] whether the site has apps, whose webviews pass a choice
 * @property {string} [scope]
 * @property {[string, string?][]} words the pieces of the first layer's text: each with a link's address, an element's name, `v` for the button that opens the list of partners, or neither
 * @property {Texts} texts
 * @property {Record<string, [string, string?][]>} [linked] texts of later layers that contain links, in pieces like `words`
 * @property {string} [direction]
 * @property {string} others pattern of the beginnings of a page's `lang` that the service may have another language for
 *
 * The strings of both layers. `{vendor}` is filled in. A key `link_<token>` is the label of a link that a place
 * requires, such as `link_do_not_sell_or_share`.
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
