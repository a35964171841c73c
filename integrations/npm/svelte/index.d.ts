import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { Component, Snippet } from "svelte";
import type { Readable } from "svelte/store";

export interface SetupOptions extends ConsentOptions {
  /** The decision that the server requested, so that the server and the browser render the same first page. */
  initial?: Decision | null;
  /** Whether to load the script; false if the page has its line. */
  load?: boolean;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null until there is a decision. */
  decision: Readable<Decision | null>;
  isGranted(decision: Decision | null, group: "essential" | Group): boolean;
}

/** Load the banner; call this in the root layout's script. */
export function setupConsent(options: SetupOptions): void;
/** Return the decision as a store, and the page API; call this in a component's script. */
export function useConsent(): UsedConsent;
/** Render the content if `group` is granted, otherwise the snippet `fallback`. */
export const Gate: Component<{ group: "essential" | Group; children?: Snippet; fallback?: Snippet }>;
/** A third-party frame, with a placeholder until it may load. */
export const ConsentFrame: Component<FrameOptions>;
/** A placeholder for the links that the law at the visitor's place requires. */
export const ChoicesLink: Component<{}>;
