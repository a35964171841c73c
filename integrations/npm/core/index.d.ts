import type { Action, AnswerOptions, Decision, Group, Layer } from "./consent.js";

export type {
  Account, Action, Answer, AnswerOptions, Consent, Debug, Decision, Group, Layer, LayerGroup, LayerLevel, LayerText, LayerVendor, Reason, Tag,
} from "./consent.js";

export interface ConsentOptions {
  /** Where browsers reach the service: `https://consent.example.com`, or a path of the site's own host such as `/consent`. */
  service: string;
  /** The site's key. */
  site: string;
  /** Fixes the banner's language. */
  language?: string;
  /** The visitor's age in whole years, or the band, where the site knows it. */
  ageBand?: string;
  /** Of the page's Content-Security-Policy. */
  nonce?: string;
}

export interface FrameOptions {
  group: Group;
  /** The id of the vendor, where the site has one of that name. */
  vendor?: string;
  /** The whole address of the frame. */
  src: string;
  title: string;
  width?: number | string;
  height?: number | string;
  /** Further attributes of the frame, such as `{ allow: "fullscreen" }`. */
  attributes?: Record<string, string | number | boolean | null | undefined>;
}

/** Load the script of `site`, unless the page has it. Throws TypeError where an option is not as it should be. */
export function loadConsent(options: ConsentOptions): void;
/** A promise that is kept once `group` is granted, now or later in this page. */
export function when(group: "essential" | Group): Promise<void>;
/** Open the second layer. */
export function open(): Promise<void>;
/** Choose for the visitor, by a control of the page's own; what is not named stays as it was. */
export function set(groups: Partial<Record<Group, boolean>>, vendors?: Record<string, boolean>): Promise<void>;
/** Take back the grant of a group, or of all. */
export function withdraw(group?: Group): Promise<void>;
/** On a site that draws its own layers: have `listener` called with what the layer has to tell that is needed from now on, or null. Returns what ends that. */
export function onLayer(listener: (layer: Layer | null) => void): () => void;
/** On a site that draws its own layers: give the button that the visitor pressed. Rejects a grant while no layer is visible. */
export function answer(action: Action, options?: AnswerOptions): Promise<void>;
/** Return the decision, or null as long as the script has not decided. */
export function getDecision(): Decision | null;
/** Have `listener` called with the decision: at once where there is one, and at each change. Returns what ends that. */
export function subscribe(listener: (decision: Decision | null) => void): () => void;
/** Begin with the decision that the site's server asked for, until the script has decided. */
export function seed(decision: Decision | null | undefined): void;
/** Return whether `decision` grants `group`. Without a decision only what is essential is granted. */
export function isGranted(decision: Decision | null | undefined, group: "essential" | Group): boolean;
/** Return whether `decision` allows the tag with the id `tag`. */
export function isAllowed(decision: Decision | null | undefined, tag: string): boolean;
/** Return the HTML of a frame that waits for its group. Throws TypeError where an option is not as it should be. */
export function frameHtml(options: FrameOptions): string;
