import type { Action, AnswerOptions, Decision, Group, Layer } from "./consent.js";

export type {
  Account, Action, Answer, AnswerOptions, Consent, Debug, Decision, Group, Layer, LayerGroup, LayerLevel, LayerText, LayerVendor, Reason, Tag,
} from "./consent.js";

export interface ConsentOptions {
  /** The service's public URL: `https://consent.example.com`, or a path on the site's own host such as `/consent`. */
  service: string;
  /** The site's key. */
  site: string;
  /** Forces the banner's language. */
  language?: string;
  /** The visitor's age in whole years, or the age band, if the site knows it. */
  ageBand?: string;
  /** The nonce from the page's Content-Security-Policy. */
  nonce?: string;
}

export interface FrameOptions {
  group: Group;
  /** The vendor's id, if the site has that vendor. */
  vendor?: string;
  /** The full URL of the frame. */
  src: string;
  title: string;
  width?: number | string;
  height?: number | string;
  /** More attributes for the frame, such as `{ allow: "fullscreen" }`. */
  attributes?: Record<string, string | number | boolean | null | undefined>;
}

/** Load the banner script of `site` unless the page has it already. Throws TypeError if an option is invalid. */
export function loadConsent(options: ConsentOptions): void;
/** Return a promise that resolves once `group` is granted, now or later on this page. */
export function when(group: "essential" | Group): Promise<void>;
/** Open the second layer. */
export function open(): Promise<void>;
/** Save a choice from the page's own control; groups and vendors not named keep their answers. */
export function set(groups: Partial<Record<Group, boolean>>, vendors?: Record<string, boolean>): Promise<void>;
/** Withdraw the grant of one group, or of all groups. */
export function withdraw(group?: Group): Promise<void>;
/** On a site that draws its own layers: call `listener` with the content of each layer to show, or null for none. Returns a function that unsubscribes. */
export function onLayer(listener: (layer: Layer | null) => void): () => void;
/** On a site that draws its own layers: report the button that the visitor pressed. Rejects a grant while no layer is visible. */
export function answer(action: Action, options?: AnswerOptions): Promise<void>;
/** Return the decision, the seeded one until the script has decided, or null if there is neither. */
export function getDecision(): Decision | null;
/** Call `listener` with the decision: immediately if there is one, and on each change. Returns a function that unsubscribes. */
export function subscribe(listener: (decision: Decision | null) => void): () => void;
/** Start with the decision that the site's server requested, until the script has decided. */
export function seed(decision: Decision | null | undefined): void;
/** Return whether `decision` grants `group`. Without a decision, only `essential` is granted. */
export function isGranted(decision: Decision | null | undefined, group: "essential" | Group): boolean;
/** Return whether `decision` allows the tag with the id `tag`. */
export function isAllowed(decision: Decision | null | undefined, tag: string): boolean;
/** Return the HTML of a frame that waits for its group. Throws TypeError if an option is invalid. */
export function frameHtml(options: FrameOptions): string;
