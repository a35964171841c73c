import type { Visit, VisitOptions } from "@consent-server/core/server";

export type { Visit } from "@consent-server/core/server";

export interface ConsentEvent {
  path?: string;
  headers?: Headers;
  node?: { req: { headers: Record<string, string | string[] | undefined> } };
}

/** Return what the visitor allows, for the request of a Nitro `event`. */
export function consentOf(event: ConsentEvent, options: Omit<VisitOptions, "headers">): Promise<Visit>;
/** Return the Nitro plugin that puts the lines first into each head. */
export function consentLines(options: { service: string; site: string }): (nitro: {
  hooks: { hook(name: "render:html", act: (html: { head: string[] }) => Promise<void>): unknown };
}) => void;
