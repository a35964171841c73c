import { frameHtml, getDecision, isGranted, loadConsent, open, seed, set, subscribe, when, withdraw } from "@consent-server/core";
import { defineComponent, h, inject, onMounted, onUnmounted, shallowRef } from "vue";

const INITIAL = Symbol("consent");
const GROUP = { type: String, required: true };

/** Return the plugin that loads the banner: `app.use(createConsent({ service, site }))`. */
export function createConsent({ initial = null, load = true, ...options }) {
  return {
    install(app) {
      seed(initial);
      app.provide(INITIAL, initial);
      if (load) loadConsent(options);
    },
  };
}

/** Return the decision as a ref, and the page API. */
export function useConsent() {
  const initial = inject(INITIAL, null);
  const decision = shallowRef(initial);
  // Hydration uses the server's decision, but nothing starts that the visitor has refused since.
  const granted = (group) => isGranted(decision.value, group) && (decision.value === getDecision() || !getDecision() || isGranted(getDecision(), group));
  let stop = () => {};
  onMounted(() => (stop = subscribe((next) => (decision.value = next))));
  onUnmounted(() => stop());
  return { decision, isGranted: granted, when, open, set, withdraw };
}

/** Render the default slot if `group` is granted, otherwise the slot `fallback`. */
export const Gate = defineComponent({
  name: "Gate",
  props: { group: GROUP },
  setup(props, { slots }) {
    const consent = useConsent();
    return () => (consent.isGranted(props.group) ? slots.default?.() : slots.fallback?.());
  },
});

/** A third-party frame, with a placeholder until it may load. */
export const ConsentFrame = defineComponent({
  name: "ConsentFrame",
  props: {
    group: GROUP,
    vendor: String,
    src: { type: String, required: true },
    title: { type: String, required: true },
    width: [String, Number],
    height: [String, Number],
    attributes: Object,
  },
  setup: (props) => () => h("div", { innerHTML: frameHtml(props) }),
});

/** A placeholder for the links that the law at the visitor's place requires. */
export const ChoicesLink = defineComponent({ name: "ChoicesLink", setup: () => () => h("span", { "data-choices-link": "" }) });
