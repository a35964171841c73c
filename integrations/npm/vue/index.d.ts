import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { DefineComponent, Plugin, ShallowRef } from "vue";

export interface ConsentPluginOptions extends ConsentOptions {
  /** The decision that the server asked for, so that the first page is drawn alike there and here. */
  initial?: Decision | null;
  /** Whether to load the script: false where the page has its line. */
  load?: boolean;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null as long as nothing is decided. */
  decision: Readonly<ShallowRef<Decision | null>>;
  isGranted(group: "essential" | Group): boolean;
}

/** Make the plugin that loads the banner: `app.use(createConsent({ service, site }))`. */
export function createConsent(options: ConsentPluginOptions): Plugin;
/** Return the decision, as a ref, and the page API. */
export function useConsent(): UsedConsent;
/** Show the default slot only where `group` is granted, and the slot `fallback` elsewhere. */
export const Gate: DefineComponent<{ group: "essential" | Group }>;
/** A frame of others, with a placeholder until it may load. */
export const ConsentFrame: DefineComponent<FrameOptions>;
/** The place for the links that the visitor's law asks for. */
export const ChoicesLink: DefineComponent<{}>;
