import { createConsent } from "@consent-server/vue";
import type { Decision } from "@consent-server/core";

export default defineNuxtPlugin(async (nuxt) => {
  const decision = useState<Decision | null>("consent", () => null);
  const event = useRequestEvent();
  if (import.meta.server && event) {
    // The page contains this visitor's decision, so no cache may store it.
    useResponseHeader("cache-control").value = "private, no-store";
    const { consentOf } = await import("@consent-server/nuxt");
    const service = process.env.CONSENT_INTERNAL_URL ?? "https://consent.example.com";
    const country = event.headers.get("cf-ipcountry") ?? process.env.DEFAULT_COUNTRY;
    const visit = await consentOf(event, { service, site: "shop", token: process.env.CONSENT_TOKEN ?? "", country });
    decision.value = visit.decision;
  }
  const options = { service: "https://consent.example.com", site: "shop", load: false, initial: decision.value };
  nuxt.vueApp.use(createConsent(options));
});
