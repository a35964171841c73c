/**
 * The state of this visitor on this page. There is one copy: a page has one visitor and one site.
 *
 * @typedef {object} State
 * @property {import("./types.js").Payload} _payload
 * @property {import("./types.js").Signals} _signals
 * @property {import("./types.js").Decision} _decision
 * @property {import("./decision/choice.js").Choice | null} _choice
 * @property {string} _base the service's address
 * @property {string | undefined} _age the age in whole years, or the age band, that the page states
 * @property {(this: any, key: string, value: unknown) => unknown} [_withAge] of the part `acts`: JSON replacer that sends the exact age instead of its band
 * @property {import("./vendors/tcf_state.js").TcfState} [_tcf] of the part `tcf`
 * @property {(values: Record<string, unknown>) => void} [_mode] of the part `tcf`: amend the consent mode values
 * @property {string | undefined} _nonce of our own script element
 * @property {(() => void)} [_decide] of the part `acts`: read everything again, and decide
 * @property {() => unknown} [_follow] apply to the page a decision that changed, here or in another tab
 * @property {Set<string>} _loaded the ids of the tags that were loaded in this page
 * @property {(tag: string) => boolean} [_isDue] of the part `triggers`: whether a tag's trigger has fired
 * @property {Record<string, string>} [_told] what each vendor with running code was last sent, for `debug`
 * @property {boolean} [_isDelivered] whether the cookies contain a choice and none is waiting to be sent
 * @property {string} [_subject] the token of the signed-in visitor, if the part `account` has one
 * @property {() => void} [_mark] of the parts `account` and `tcf`: mark choices made while signed in, or by the framework, before they are sent
 * @property {() => Promise<boolean>} [_renew] of the part `account`: fetch a new token
 * @property {() => unknown} [_open] of the part `headless`: have the page open its own second layer
 * @property {[string, any[]][]} [_calls] the page's calls of `window.consent` before it existed, queued by the blocker
 * @property {string} [_unlinked] the id of the receipt just made, if nothing in this browser links to it
 */

export const state = /** @type {State} */ ({ _choice: null, _loaded: new Set() });
