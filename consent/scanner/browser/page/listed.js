// What a second layer lists once all its parts are open: its text, and where its links lead.
() => {
  const roots = [document];
  const links = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
      if (shadow) roots.push(shadow);
      if (element.matches("details")) element.open = true;
      if (element.matches("a[href]") && /^https?:/.test(element.href)) links.push(element.href.slice(0, 600));
    }
  }
  // What is not drawn, such as a script, gives its source as its text.
  const drawn = roots.flatMap((root) => [...(root.documentElement || root).children]).filter((part) => part.checkVisibility());
  const text = drawn.map((part) => part.innerText || "").join(" ");
  return { text: text.replace(/\s+/g, " ").slice(0, 200000), links: links.slice(0, 300) };
}
