import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { Component, Snippet } from "svelte";
import type { Readable } from "svelte/store";

export interface SetupOptions extends ConsentOptions {
  /** The decision that the server asked for, so that the first page is drawn alike there and here. */
  initial?: Decision | null;
  /** Whether to load the script: false where the page has its line. */
  load?: boolean;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null as long as nothing is decided. */
  decision: Readable<Decision | null>;
  isGranted(decision: Decision | null, group: "essential" | Group): boolean;
}

/** Load the banner; call it in the script of the root layout. */
export function setupConsent(options: SetupOptions): void;
/** Return the decision, as a store, and the page API; call it in the script of a component. */
export function useConsent(): UsedConsent;
/** Show the content only where `group` is granted, and the snippet `fallback` elsewhere. */
export const Gate: Component<{ group: "essential" | Group; children?: Snippet; fallback?: Snippet }>;
/** A frame of others, with a placeholder until it may load. */
export const ConsentFrame: Component<FrameOptions>;
/** The place for the links that the visitor's law asks for. */
export const ChoicesLink: Component<{}>;
