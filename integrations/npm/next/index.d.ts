import type { Visit, VisitOptions } from "@consent-server/core/server";
import type { ReactNode } from "react";

export type { Visit } from "@consent-server/core/server";

/** Return what this request's visitor allows, in a server component, route handler or action of the App Router. */
export function consentOf(options: Omit<VisitOptions, "headers">): Promise<Visit>;
/** Return the same for a request in `getServerSideProps`, an API route or middleware. */
export function consentOfRequest(
  request: { url?: string; headers: VisitOptions["headers"] },
  options: Omit<VisitOptions, "headers">,
): Promise<Visit>;
/** The lines for the head, except the one that loads the script. Renders nothing until the service has answered once. */
export function ConsentHead(props: { service: string; site: string; nonce?: string }): Promise<ReactNode>;
