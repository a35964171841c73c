/** What may change while the page stands: its nodes, its route, the other tabs, the network, its own going and coming. */
import { joinTabs, leaveTabs, refresh } from "./change.js";
import { place } from "./layers.js";
import { page } from "./page.js";
import { sweepPlaceholders } from "./placeholder.js";
import { deliver, deliverLast } from "./queue.js";

/** @param {(root: Element) => void} onNew takes each element that is added */
export function watch(onNew) {
  let path = location.pathname;
  const follow = () => {
    if (path === location.pathname) return;
    path = location.pathname;
    refresh();
  };
  const comeBack = () => {
    refresh();
    void deliver();
  };
  new MutationObserver((records) => {
    follow(); // history.pushState tells nobody, but a new route comes with new nodes
    sweepPlaceholders();
    place();
    for (const { addedNodes } of records) for (const node of addedNodes) if (node instanceof Element) onNew(node);
  }).observe(page.documentElement, { childList: true, subtree: true });
  Reflect.get(window, "navigation")?.addEventListener?.("navigatesuccess", follow);
  addEventListener("popstate", follow);
  addEventListener("online", comeBack);
  addEventListener("pagehide", () => {
    leaveTabs();
    deliverLast();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    joinTabs();
    comeBack();
  });
  page.addEventListener("visibilitychange", () => page.visibilityState === "visible" && comeBack());
}
