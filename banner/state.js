/**
 * The state of this visitor on this page. One copy: a page has one visitor and one site.
 *
 * @typedef {object} State
 * @property {import("./types.js").Payload} _payload
 * @property {import("./types.js").Signals} _signals
 * @property {import("./types.js").Decision} _decision
 * @property {import("./decision/choice.js").Choice | null} _choice
 * @property {string} _base the service's address
 * @property {string | undefined} _age the age in whole years, or the age band, that the page names
 * @property {(this: any, key: string, value: unknown) => unknown} [_withAge] of the part `acts`: replace the age band of what is sent by the age that it came of
 * @property {import("./vendors/tcf_state.js").TcfState} [_tcf] of the part `tcf`
 * @property {(values: Record<string, unknown>) => void} [_mode] of the part `tcf`: amend what consent mode is told
 * @property {string | undefined} _nonce of our own script element
 * @property {(() => void)} [_decide] of the part `acts`: read all anew, and decide
 * @property {() => unknown} [_follow] have the page follow a decision that changed, here or in another tab
 * @property {Set<string>} _loaded the ids of the tags that were loaded in this page
 * @property {(tag: string) => boolean} [_isDue] of the part `triggers`: whether what a tag waits for has come
 * @property {Record<string, string>} [_told] what each vendor whose code runs was sent last, for `debug`
 * @property {boolean} [_isDelivered] whether the cookies know a choice and of none that waits to be sent
 * @property {string} [_subject] the token of who is signed in, where the part `account` has one
 * @property {() => void} [_mark] of the parts `account` and `tcf`: mark what was chosen signed in, or by the framework, before it is sent
 * @property {() => Promise<boolean>} [_renew] of the part `account`: fetch a new token
 * @property {() => unknown} [_open] of the part `headless`: have the page open its own second layer
 * @property {[string, any[]][]} [_calls] what the page called of `window.consent` before it was there, through the blocker
 * @property {string} [_unlinked] the id of the receipt just made, where nothing in this browser leads to it
 */

export const state = /** @type {State} */ ({ _choice: null, _loaded: new Set() });
