import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { DefineComponent, Plugin, ShallowRef } from "vue";

export interface ConsentPluginOptions extends ConsentOptions {
  /** The decision that the server requested, so that the server and the browser render the same first page. */
  initial?: Decision | null;
  /** Whether to load the script; false if the page has its line. */
  load?: boolean;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null until there is a decision. */
  decision: Readonly<ShallowRef<Decision | null>>;
  isGranted(group: "essential" | Group): boolean;
}

/** Return the plugin that loads the banner: `app.use(createConsent({ service, site }))`. */
export function createConsent(options: ConsentPluginOptions): Plugin;
/** Return the decision as a ref, and the page API. */
export function useConsent(): UsedConsent;
/** Render the default slot if `group` is granted, otherwise the slot `fallback`. */
export const Gate: DefineComponent<{ group: "essential" | Group }>;
/** A third-party frame, with a placeholder until it may load. */
export const ConsentFrame: DefineComponent<FrameOptions>;
/** A placeholder for the links that the law at the visitor's place requires. */
export const ChoicesLink: DefineComponent<{}>;
