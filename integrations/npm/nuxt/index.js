/** For the Nuxt server: requests decisions, and puts the lines into the head. */
import { linesOf, visitOf } from "@consent-server/core/server";

/** Return what the visitor allows, for the request of a Nitro `event`. */
export function consentOf(event, options) {
  return visitOf({ path: (event.path || "/").split("?")[0], ...options, headers: event.headers || event.node.req.headers });
}

/** Return the Nitro plugin that puts the lines first into each head: `export default defineNitroPlugin(consentLines({ service, site }))`. */
export function consentLines({ service, site }) {
  return (nitro) => {
    nitro.hooks.hook("render:html", async (html) => {
      const lines = await linesOf({ service, site });
      if (lines) html.head.unshift(lines.html);
    });
  };
}
