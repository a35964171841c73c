import { env } from "$env/dynamic/private";
import { visitOf } from "@consent-server/core/server";

export async function load({ request, setHeaders, url }) {
  const country = request.headers.get("cf-ipcountry") ?? env.DEFAULT_COUNTRY;
  const service = env.CONSENT_INTERNAL_URL ?? "https://consent.example.com";
  const { headers } = request;
  const { decision } = await visitOf({ service, site: "shop", token: env.CONSENT_TOKEN, headers, path: url.pathname, country });
  // The page contains this visitor's decision, so no cache may store it.
  setHeaders({ "cache-control": "private, no-store" });
  return { decision };
}
