// Types of `window.consent` and the `consent:change` event: docs/signals.md.

export type Group = "functional" | "analytics" | "advertising";

export type Reason =
  | "essential" | "granted" | "refused" | "vendor_granted" | "vendor_refused"
  | "opt_in_not_given" | "opt_out_default" | "notice_default" | "exempt"
  | "gpc" | "dnt" | "minor" | "sensitive" | "not_covered" | "stricter_place" | "expired"
  | "switched_off" | "kill_switch" | "out_of_place" | "out_of_page" | "out_of_schedule" | "unclassified";

export interface Answer {
  granted: boolean;
  reason: Reason;
  /** The rule that led to this answer, in words; absent for `essential`. */
  rule?: string;
}

/** What a tag waits for in the page; the fields depend on `on`. */
export interface Trigger {
  on: "click" | "submit" | "visible" | "scroll" | "time" | "event" | "data_layer";
  /** A CSS selector for the element that is clicked, submitted or visible. */
  selector?: string;
  /** A percentage of the height of the page, or of the element. */
  percent?: number;
  seconds?: number;
  /** The name of the event. */
  name?: string;
  /** Whether the tag is loaded each time instead of once per page. */
  repeat?: boolean;
  /** What to do with an event that happens before the choice; `run` if missing. */
  before_choice?: "run" | "drop";
}

export interface Tag {
  id: string;
  vendor: string;
  group: string;
  mode: "full" | "limited" | "held";
  reason: Reason;
  rule: string;
  /** What the tag waits for in the page, if anything: it is allowed to run, but not immediately. */
  trigger?: Trigger;
}

export interface Decision {
  site: string;
  /** The hash of the published config: `sha256:` and 64 hex digits. */
  config: string;
  version: number;
  language: string;
  variant: string;
  place: { country: string | null; subdivision: string | null; source: string };
  regime: string;
  rules_version: string;
  signals: { gpc: boolean; dnt: boolean; age_band: string };
  /** The value of the consent cookie, or null if there is no choice. */
  choice: string | null;
  show: "ask" | "notice" | "none";
  status: "opt_out_honored" | null;
  links: string[];
  /** The day after which the choice no longer counts, as YYYY-MM-DD. */
  expires: string | null;
  groups: Record<"essential" | Group, Answer>;
  tags: Tag[];
  allowed_tags: string[];
  limited_tags: string[];
}

export interface Debug extends Decision {
  /** The ids of the tags that the script loaded or that the server wrote into the page; for elements marked in the page, see `told`. */
  loaded: string[];
  /** The last signal sent to each vendor whose code runs here: an answer, and the calls as JSON. */
  told: Record<string, string>;
  /** On sites with triggers, by tag: it listens, its event is kept until the choice, it was loaded, or it doesn't listen. */
  triggers?: Record<string, "listens" | "kept" | "loaded" | "off">;
  /** The GPP string, if the site sends it. */
  gpp?: string;
  /** In a webview: whether the app's data was accepted, or why it was ignored. */
  app?: string;
}

export interface Account {
  state: "in";
  applies: "account" | "device" | "both";
  mode: "joined" | "apart";
  version: number;
  signal: "gpc" | null;
  lines: ("device_stricter" | "account_stricter" | "account_signal" | "account_applied")[];
}

/** The layer to show, on pages that draw their own: none, the first, or the second. */
export type LayerLevel = 0 | 1 | 2;

/** The action of a layer's button, as passed to `answer`. */
export type Action = "accept_all" | "reject_all" | "save" | "opt_out" | "dismiss" | "open" | "close";

/** A piece of a layer's text: plain, a link, or emphasized. */
export interface LayerText {
  text: string;
  url?: string;
  strong?: boolean;
}

export interface LayerVendor {
  id: string;
  name: string;
  company: string;
  /** The visitor's answer for this vendor, or null if its group's answer applies. */
  granted: boolean | null;
  /** The sentence to show if the vendor runs in limited mode without a grant, otherwise empty. */
  limited: string;
  /** What the vendor does, in words. Only on the second layer, like cookies and links. */
  purposes: string[];
  cookies: { name: string; purpose: string; lifetime: string }[];
  /** The vendor's privacy policy, and its opt-out if it has one. */
  links: { url: string; text: string }[];
}

export interface LayerGroup extends Answer {
  group: "essential" | Group;
  name: string;
  text: string;
  /** For the essential group, the text to show instead of a switch, otherwise empty. */
  always_on: string;
  /** Why the group can't be granted here, otherwise empty. */
  locked: string;
  vendors: LayerVendor[];
}

/** The content of a layer that the page draws itself: docs/headless.md. */
export interface Layer {
  level: 1 | 2;
  show: "ask" | "notice" | "none";
  language: string;
  direction: "ltr" | "rtl";
  /** The layer's name for screen readers. */
  label: string;
  title: string;
  paragraphs: LayerText[][];
  /** Sentences to show as well: that an opt-out is honored, or that a signal speaks against a grant. */
  notes: string[];
  groups: LayerGroup[];
  /** The buttons that the layer needs, in this order. */
  buttons: { action: Action; label: string }[];
  /** The label of the control that reopens the choices, on every page. */
  back: string;
  /** The label of the checkbox that also keeps proof of a refusal; empty on the first layer. */
  keep_proof: string;
  /** The link to the visitor's own receipts, if there are any. */
  receipts: LayerText | null;
  /** What applies here, and under which rule. */
  why: { place: Decision["place"]; regime: string; rules_version: string; rule: string };
}

export interface AnswerOptions {
  /** With `save`: the answer for each group that the layer asks about. */
  groups?: Partial<Record<Group, boolean>>;
  /** With `save`: answers for vendors that differ from their group's. */
  vendors?: Record<string, boolean>;
  /** Whether the visitor asked to keep proof. */
  keepProof?: boolean;
}

export interface Consent {
  get(): Decision;
  debug(): Debug;
  /** Resolves once the group is granted, now or later on this page. */
  when(group: "essential" | Group): Promise<void>;
  /** Open the second layer. */
  open(): Promise<void>;
  /** Save a choice from the page's own control; groups and vendors not named keep their answers. Rejects if none is named. */
  set(groups: Partial<Record<Group, boolean>>, vendors?: Record<string, boolean>): Promise<void>;
  /** Withdraw the grant of one group, or of all groups. */
  withdraw(group?: Group): Promise<void>;
  /** On sites that draw their own layers: resolves with the content of the layer needed now, or of `level`; null if there is none. */
  layer?(level?: LayerLevel): Promise<Layer | null>;
  /** On sites that draw their own layers: report the button that the visitor pressed. A grant counts only while a layer is visible. */
  answer?(action: Action, options?: AnswerOptions): Promise<void>;
  /** On sites with triggers: report an event with this name, for tags that wait for it. */
  event?(name: string): void;
  /** On sites with accounts: identify the signed-in visitor by a token from the site's server, or a function that returns one; resolves with the decision. */
  identify?(token: string | (() => string | Promise<string>), options?: { apart?: boolean }): Promise<Decision>;
  /** On sites with accounts: restore this device's own choice after sign-out. */
  forget?(): Promise<void>;
  /** On sites with accounts: what applies from the account here, or null if nobody is signed in. */
  account?(): Account | null;
  /** On sites that share choices: resolves with the address including the visitor's choice, for navigating to another domain by script. */
  handover?(address: string): Promise<string>;
}

/** What an app defines in its webview's pages before any script runs: docs/handover.md. */
export interface ConsentApp {
  v: 1;
  site: string;
  /** The value of the consent cookie, or null if the app hasn't asked yet. */
  choice: string | null;
  /** A token that identifies the signed-in user. */
  subject?: string | null;
  /** Called with each change in the page, as JSON. */
  post?: ((text: string) => unknown) | null;
}

declare global {
  interface Window {
    /** Undefined until the script has decided; the event fires on each change, not at the start. */
    consent?: Consent;
    consentApp?: Readonly<ConsentApp>;
  }
  interface DocumentEventMap {
    "consent:change": CustomEvent<Decision>;
    /** On sites that draw their own layers: the layer to show from now on. */
    "consent:layer": CustomEvent<{ level: LayerLevel }>;
  }
  interface WindowEventMap {
    "consent:change": CustomEvent<Decision>;
    "consent:layer": CustomEvent<{ level: LayerLevel }>;
  }
}
