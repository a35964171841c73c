/** Hide the banner and its button, which cover the page, and frames, their placeholders, and videos. */
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
