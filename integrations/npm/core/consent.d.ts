// The types of `window.consent` and of the event `consent:change`: docs/signals.md.

export type Group = "functional" | "analytics" | "advertising";

export type Reason =
  | "essential" | "granted" | "refused" | "vendor_granted" | "vendor_refused"
  | "opt_in_not_given" | "opt_out_default" | "notice_default" | "exempt"
  | "gpc" | "dnt" | "minor" | "sensitive" | "not_covered" | "stricter_place" | "expired"
  | "switched_off" | "kill_switch" | "out_of_place" | "out_of_page" | "out_of_schedule" | "unclassified";

export interface Answer {
  granted: boolean;
  reason: Reason;
  /** The row of the rules that gave it, in words; not for `essential`. */
  rule?: string;
}

/** What in the page a tag waits for; which fields it has depends on `on`. */
export interface Trigger {
  on: "click" | "submit" | "visible" | "scroll" | "time" | "event" | "data_layer";
  /** A CSS selector of what is clicked, sent or seen. */
  selector?: string;
  /** Of the height of the page, or of the element. */
  percent?: number;
  seconds?: number;
  /** Of the event. */
  name?: string;
  /** Whether the tag is loaded each time, and not once a page. */
  repeat?: boolean;
  /** What becomes of an event before the choice; `run` where it is missing. */
  before_choice?: "run" | "drop";
}

export interface Tag {
  id: string;
  vendor: string;
  group: string;
  mode: "full" | "limited" | "held";
  reason: Reason;
  rule: string;
  /** Where it waits for something in the page: what. It may run, but not at once. */
  trigger?: Trigger;
}

export interface Decision {
  site: string;
  /** The published config, `sha256:` and 64 hex digits. */
  config: string;
  version: number;
  language: string;
  variant: string;
  place: { country: string | null; subdivision: string | null; source: string };
  regime: string;
  rules_version: string;
  signals: { gpc: boolean; dnt: boolean; age_band: string };
  /** The value of the choice's cookie, or null where there is no choice. */
  choice: string | null;
  show: "ask" | "notice" | "none";
  status: "opt_out_honored" | null;
  links: string[];
  /** The day after which what was chosen no longer counts, as YYYY-MM-DD. */
  expires: string | null;
  groups: Record<"essential" | Group, Answer>;
  tags: Tag[];
  allowed_tags: string[];
  limited_tags: string[];
}

export interface Debug extends Decision {
  /** The ids of the tags that the script has loaded, or found written by the server; what is marked in the page is in `told`. */
  loaded: string[];
  /** What each vendor whose code runs here was told last: an answer, and the calls as JSON. */
  told: Record<string, string>;
  /** On sites with triggers, by tag: it listens, the event is kept for the choice, the tag is loaded, or nothing is listened for. */
  triggers?: Record<string, "listens" | "kept" | "loaded" | "off">;
  /** The GPP string, where the site sends it. */
  gpp?: string;
  /** In a webview: whether what the app gave was taken, or why it was ignored. */
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

/** Of a layer that the page draws itself: none, the first, the second. */
export type LayerLevel = 0 | 1 | 2;

/** What a button of a layer does, as `answer` takes it. */
export type Action = "accept_all" | "reject_all" | "save" | "opt_out" | "dismiss" | "open" | "close";

/** Words of a layer: plain, a link, or those that stand out. */
export interface LayerText {
  text: string;
  url?: string;
  strong?: boolean;
}

export interface LayerVendor {
  id: string;
  name: string;
  company: string;
  /** The visitor's own answer to this vendor, or null where that to its group counts. */
  granted: boolean | null;
  /** The sentence to show where it runs limited without a grant, else empty. */
  limited: string;
  /** What it does, in words. On the second layer, like cookies and links. */
  purposes: string[];
  cookies: { name: string; purpose: string; lifetime: string }[];
  /** Its privacy policy, and its opt-out where it has one. */
  links: { url: string; text: string }[];
}

export interface LayerGroup extends Answer {
  group: "essential" | Group;
  name: string;
  text: string;
  /** What stands in place of the switch of the essential group, else empty. */
  always_on: string;
  /** Why nobody can grant the group here, else empty. */
  locked: string;
  vendors: LayerVendor[];
}

/** What a layer of the page's own has to tell: docs/headless.md. */
export interface Layer {
  level: 1 | 2;
  show: "ask" | "notice" | "none";
  language: string;
  direction: "ltr" | "rtl";
  /** The name of the layer, for screen readers. */
  label: string;
  title: string;
  paragraphs: LayerText[][];
  /** Sentences to show besides: an opt-out that was honored, a signal that speaks against a grant. */
  notes: string[];
  groups: LayerGroup[];
  /** The buttons that it needs, in this order. */
  buttons: { action: Action; label: string }[];
  /** The words of what opens the choices again, on every page. */
  back: string;
  /** The words of the box that keeps proof of a refusal too; empty on the first layer. */
  keep_proof: string;
  /** The link to the visitor's own receipts, where there are any. */
  receipts: LayerText | null;
  /** What applies here, and by which rule. */
  why: { place: Decision["place"]; regime: string; rules_version: string; rule: string };
}

export interface AnswerOptions {
  /** With `save`: the answer to each group that is asked for. */
  groups?: Partial<Record<Group, boolean>>;
  /** With `save`: answers to vendors that differ from those to their groups. */
  vendors?: Record<string, boolean>;
  /** Whether the visitor asked to keep proof. */
  keepProof?: boolean;
}

export interface Consent {
  get(): Decision;
  debug(): Debug;
  /** Kept once the group is granted, now or later in this page. */
  when(group: "essential" | Group): Promise<void>;
  /** Open the second layer. */
  open(): Promise<void>;
  /** Choose for the visitor, by a control of the page's own; what is not named stays as it was. Rejects where nothing is named. */
  set(groups: Partial<Record<Group, boolean>>, vendors?: Record<string, boolean>): Promise<void>;
  /** Take back the grant of a group, or of all. */
  withdraw(group?: Group): Promise<void>;
  /** On sites that draw their own layers: what the layer has to tell that is needed now, or the one of `level`; null where none is. */
  layer?(level?: LayerLevel): Promise<Layer | null>;
  /** On sites that draw their own layers: the button that the visitor pressed. A grant is taken only while the layer is visible. */
  answer?(action: Action, options?: AnswerOptions): Promise<void>;
  /** On sites with triggers: say that an event of this name happened, for tags that wait for it. */
  event?(name: string): void;
  /** On sites with accounts: say who is signed in, by a token of the site's server or what gives one; resolves with the decision. */
  identify?(token: string | (() => string | Promise<string>), options?: { apart?: boolean }): Promise<Decision>;
  /** On sites with accounts: give this device its own choice back, after a sign-out. */
  forget?(): Promise<void>;
  /** On sites with accounts: what of the account applies here, or null where nobody is signed in. */
  account?(): Account | null;
  /** On sites that share choices: the address with the visitor's choice in it, for a navigation by script to another domain. */
  handover?(address: string): Promise<string>;
}

/** What an app puts into the pages of its webview, before anything runs: docs/handover.md. */
export interface ConsentApp {
  v: 1;
  site: string;
  /** The value of the consent cookie, or null where the app has asked nothing yet. */
  choice: string | null;
  /** A token of who is signed in. */
  subject?: string | null;
  /** Gets what changes in the page, as JSON. */
  post?: ((text: string) => unknown) | null;
}

declare global {
  interface Window {
    /** Undefined until the script has decided: the event comes at each change, not at the start. */
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
