"use client";
import { frameHtml, getDecision, isGranted, loadConsent, open, seed, set, subscribe, when, withdraw } from "@consent-server/core";
import { createContext, createElement, useContext, useEffect, useMemo, useSyncExternalStore } from "react";

const Initial = createContext(/** @type {import("@consent-server/core").Decision | null} */ (null));

/** Load the banner, and start with the server's decision if there is one. */
export function ConsentProvider({ service, site, language, ageBand, nonce, initial = null, load = true, children }) {
  seed(initial);
  useEffect(() => {
    if (load) loadConsent({ service, site, language, ageBand, nonce });
  }, [service, site, language, ageBand, nonce, load]);
  return createElement(Initial.Provider, { value: initial }, children);
}

/** Return the decision and the page API; the component rerenders when the decision changes. */
export function useConsent() {
  const initial = useContext(Initial);
  const decision = useSyncExternalStore(subscribe, getDecision, () => initial);
  return useMemo(
    () => ({ decision, isGranted: (group) => isGranted(decision, group), when, open, set, withdraw }),
    [decision],
  );
}

/** Render `children` if `group` is granted, otherwise `fallback`. */
export function Gate({ group, fallback = null, children }) {
  return useConsent().isGranted(group) ? children : fallback;
}

/** A third-party frame, with a placeholder until it may load. */
export function ConsentFrame({ group, vendor, src, title, width, height, attributes, ...rest }) {
  // As an HTML string: the banner inserts its placeholder next to the frame, where React doesn't expect a node.
  const __html = useMemo(
    () => frameHtml({ group, vendor, src, title, width, height, attributes }),
    [group, vendor, src, title, width, height, JSON.stringify(attributes)],
  );
  const html = useMemo(() => ({ __html }), [__html]);
  return createElement("div", { ...rest, suppressHydrationWarning: true, dangerouslySetInnerHTML: html });
}

const NOTHING = { __html: "" };

/** A placeholder for the links that the law at the visitor's place requires. */
export function ChoicesLink(props) {
  return createElement("span", { ...props, "data-choices-link": "", suppressHydrationWarning: true, dangerouslySetInnerHTML: NOTHING });
}
