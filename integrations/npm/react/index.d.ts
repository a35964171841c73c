import type { Consent, ConsentOptions, Decision, FrameOptions, Group } from "@consent-server/core";
import type { HTMLAttributes, ReactElement, ReactNode } from "react";

export interface ConsentProviderProps extends ConsentOptions {
  /** The decision that the server requested, so that the server and the browser render the same first page. */
  initial?: Decision | null;
  /** Whether to load the script; false if the page has its line. */
  load?: boolean;
  children?: ReactNode;
}

export interface UsedConsent extends Pick<Consent, "when" | "open" | "set" | "withdraw"> {
  /** Null until there is a decision. */
  decision: Decision | null;
  isGranted(group: "essential" | Group): boolean;
}

export interface GateProps {
  group: "essential" | Group;
  fallback?: ReactNode;
  children?: ReactNode;
}

export type ConsentFrameProps = FrameOptions & Omit<HTMLAttributes<HTMLDivElement>, "title" | "children" | "dangerouslySetInnerHTML">;

/** Load the banner, and start with the server's decision if there is one. */
export function ConsentProvider(props: ConsentProviderProps): ReactElement;
/** Return the decision and the page API; the component rerenders when the decision changes. */
export function useConsent(): UsedConsent;
/** Render `children` if `group` is granted, otherwise `fallback`. */
export function Gate(props: GateProps): ReactNode;
/** A third-party frame, with a placeholder until it may load. */
export function ConsentFrame(props: ConsentFrameProps): ReactElement;
/** A placeholder for the links that the law at the visitor's place requires. */
export function ChoicesLink(props: Omit<HTMLAttributes<HTMLSpanElement>, "children" | "dangerouslySetInnerHTML">): ReactElement;
