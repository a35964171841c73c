/** Loaded by the site's own code: Hotjar, as its vendor provides it. */
export function startHeatmap() {
  window.hj = window.hj || function () { (window.hj.q = window.hj.q || []).push(arguments); };
  window._hjSettings = { hjid: 123456, hjsv: 6 };
  const script = document.createElement("script");
  script.async = true;
  script.src = "https://static.hotjar.com/c/hotjar-123456.js?sv=6";
  document.head.append(script);
}
