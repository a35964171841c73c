/** For the Next.js server: requests decisions, and renders the lines in the head. */
import { linesOf, visitOf } from "@consent-server/core/server";
import { createElement } from "react";

/** Return what this request's visitor allows, in a server component, route handler or action of the App Router. */
export async function consentOf(options) {
  const { headers } = await import("next/headers.js");
  return visitOf({ ...options, headers: await headers() });
}

/** Return the same for a request in `getServerSideProps`, an API route or middleware. */
export function consentOfRequest(request, options) {
  return visitOf({ path: pathOf(request.url), ...options, headers: request.headers });
}

/** The lines for the head, except the one that loads the script: `<head><ConsentHead service site /></head>`. */
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
