import { createApp } from "vue";
import { createConsent } from "@consent-server/vue";
import App from "./App.vue";
import router from "./router";

createApp(App)
  .use(createConsent({ service: "https://consent.example.com", site: "shop" }))
  .use(router)
  .mount("#app");
