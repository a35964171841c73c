import type { Visit, VisitOptions } from "@consent-server/core/server";
import type { ReactNode } from "react";

export type { Visit } from "@consent-server/core/server";

/** Return what the visitor of this request allows, in a server component, a route or an action of the app router. */
export function consentOf(options: Omit<VisitOptions, "headers">): Promise<Visit>;
/** Return the same for a request as `getServerSideProps`, an API route or a middleware has it. */
export function consentOfRequest(
  request: { url?: string; headers: VisitOptions["headers"] },
  options: Omit<VisitOptions, "headers">,
): Promise<Visit>;
/** The lines for the head, but for the one that loads the script. Without an answer of the service there are none. */
export function ConsentHead(props: { service: string; site: string; nonce?: string }): Promise<ReactNode>;
