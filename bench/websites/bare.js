/** Take out of sight the banner and its button, which cover the page, frames, what stands for them while they wait, and films. */
() => {
  const styled = (one, css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    one?.adoptedStyleSheets.push(sheet);
  };
  const each = (names, css) => document.querySelectorAll(names).forEach(one => styled(one.shadowRoot, css));
  each("section, div", ":host { display: none !important }");
  each("consent-placeholder", ":host { visibility: hidden !important }");
  styled(document, "iframe, video { visibility: hidden !important } * { caret-color: #0000 !important }");
}
