/** For the server of Nuxt: ask the decision, and write the lines into the head. */
import { linesOf, visitOf } from "@consent-server/core/server";

/** Return what the visitor of the request of a Nitro `event` allows. */
export function consentOf(event, options) {
  return visitOf({ path: (event.path || "/").split("?")[0], ...options, headers: event.headers || event.node.req.headers });
}

/** Return the plugin of Nitro that puts the lines first into each head: `export default defineNitroPlugin(consentLines({ service, site }))`. */
export function consentLines({ service, site }) {
  return (nitro) => {
    nitro.hooks.hook("render:html", async (html) => {
      const lines = await linesOf({ service, site });
      if (lines) html.head.unshift(lines.html);
    });
  };
}
