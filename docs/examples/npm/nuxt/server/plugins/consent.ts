import { consentLines } from "@consent-server/nuxt";

const service = process.env.CONSENT_INTERNAL_URL ?? "https://consent.example.com";

export default defineNitroPlugin(consentLines({ service, site: "shop" }));
