/** For the server of Next.js: ask the decision, and write the lines into the head. */
import { linesOf, visitOf } from "@consent-server/core/server";
import { createElement } from "react";

/** Return what the visitor of this request allows, in a server component, a route or an action of the app router. */
export async function consentOf(options) {
  const { headers } = await import("next/headers.js");
  return visitOf({ ...options, headers: await headers() });
}

/** Return the same for a request as `getServerSideProps`, an API route or a middleware has it. */
export function consentOfRequest(request, options) {
  return visitOf({ path: pathOf(request.url), ...options, headers: request.headers });
}

/** The lines for the head, but for the one that loads the script: `<head><ConsentHead service site /></head>`. */
export async function ConsentHead({ service, site, nonce }) {
  const lines = await linesOf({ service, site });
  const inline = (lines?.scripts ?? []).filter(({ attributes }) => !("src" in attributes));
  return inline.map(({ attributes, code }, at) =>
    createElement("script", { ...attributes, nonce, key: at, suppressHydrationWarning: true, dangerouslySetInnerHTML: { __html: code } }),
  );
}

function pathOf(url) {
  return typeof url === "string" ? new URL(url, "http://site").pathname : undefined;
}
