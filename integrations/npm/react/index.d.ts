import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { HTMLAttributes, ReactElement, ReactNode } from "react";

export interface ConsentProviderProps extends ConsentOptions {
  /** The decision that the server asked for, so that the first page is drawn alike there and here. */
  initial?: Decision | null;
  /** Whether to load the script: false where the page has its line. */
  load?: boolean;
  children?: ReactNode;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null as long as nothing is decided. */
  decision: Decision | null;
  isGranted(group: "essential" | Group): boolean;
}

export interface GateProps {
  group: "essential" | Group;
  fallback?: ReactNode;
  children?: ReactNode;
}

export type ConsentFrameProps = FrameOptions & Omit<HTMLAttributes<HTMLDivElement>, "title" | "children" | "dangerouslySetInnerHTML">;

/** Load the banner, and begin with the decision that the server asked for, where it did. */
export function ConsentProvider(props: ConsentProviderProps): ReactElement;
/** Return the decision and the page API; the component is drawn anew when the decision changes. */
export function useConsent(): UsedConsent;
/** Draw `children` only where `group` is granted, and `fallback` elsewhere. */
export function Gate(props: GateProps): ReactNode;
/** A frame of others, with a placeholder until it may load. */
export function ConsentFrame(props: ConsentFrameProps): ReactElement;
/** The place for the links that the visitor's law asks for. */
export function ChoicesLink(props: Omit<HTMLAttributes<HTMLSpanElement>, "children" | "dangerouslySetInnerHTML">): ReactElement;
