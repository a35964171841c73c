import { consentLines } from "@consent-server/nuxt";

const service = process.env.CONSENT_ASK_AT ?? "https://consent.example.com";

export default defineNitroPlugin(consentLines({ service, site: "shop" }));
