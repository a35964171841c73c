// Measure one control of a banner: what the two answers have to share.
(control) => {
  const parentOf = (node) => node.assignedSlot || node.parentElement || node.getRootNode().host || null;
  const color = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const background = (element) => {
    for (let at = element; at; at = parentOf(at)) {
      const [red, green, blue, alpha = 1] = color(getComputedStyle(at).backgroundColor);
      if (alpha > 0.5) return [red, green, blue];
    }
    return [255, 255, 255];
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const style = getComputedStyle(control);
  const box = control.getBoundingClientRect();
  const own = background(control);
  const around = background(parentOf(control) || control);
  let opacity = 1;
  let notice = control;
  for (let at = control; at; at = parentOf(at)) {
    opacity *= Number(getComputedStyle(at).opacity);
    if (["fixed", "sticky", "absolute"].includes(getComputedStyle(at).position) || at.localName === "dialog") notice = at;
  }
  let top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const shadowOf = (element) => element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
  while (top && shadowOf(top)) {
    const inner = shadowOf(top).elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!inner || inner === top) break;
    top = inner;
  }
  let isUncovered = false;
  for (let at = top; at; at = parentOf(at)) isUncovered ||= at === control;
  for (let at = control; at && !isUncovered; at = parentOf(at)) isUncovered ||= at === top && at.getRootNode() !== document;
  const ABOUT = /cookie|consent|privacy|gdpr|cmp|datenschutz|tracking/i;
  for (let at = parentOf(control); at && notice === control && at !== document.body && at !== document.documentElement; at = parentOf(at)) {
    const names = `${at.id} ${at.getAttribute("class") || ""} ${at.getAttribute("role") || ""}`;
    if (ABOUT.test(names) || /dialog|region/.test(names)) notice = at;
  }
  // What is read before the control: in the order of the tree as it is drawn, with slots filled.
  const said = [];
  const read = (node) => {
    if (node === control) return true;
    if (node.nodeType === Node.TEXT_NODE) said.push(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || ["script", "style"].includes(node.localName)) return false;
    if (node.ariaHidden === "true" || !node.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) {
      if (getComputedStyle(node).display !== "contents") return false;
    }
    const filled = node.localName === "slot" ? node.assignedNodes() : [];
    const inner = filled.length ? filled : [...(shadowOf(node) || node).childNodes];
    return inner.some(read);
  };
  if (notice !== control) read(notice);
  const share = notice === control ? null : notice.getBoundingClientRect();
  const spots = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [innerWidth * x, innerHeight * y]));
  const holds = (element) => {
    for (let at = element; at; at = parentOf(at)) if (at === notice) return true;
    return false;
  };
  const blocked = spots.filter(([x, y]) => holds(document.elementFromPoint(x, y))).length;
  let role = "";
  let name = "";
  let language = "";
  let words = "";
  for (let at = control; at; at = parentOf(at)) {
    const own = at.getAttribute("role") || (at.localName === "dialog" ? "dialog" : "");
    if (at !== control && !role && ["dialog", "alertdialog", "region"].includes(own)) {
      role = own;
      const labels = (at.getAttribute("aria-labelledby") || "").split(/\s+/).filter(Boolean);
      const texts = labels.map((id) => at.getRootNode().getElementById?.(id)?.textContent || "");
      name = at.getAttribute("aria-label") || texts.join(" ").trim();
    }
    language ||= at.getAttribute("lang") || "";
    if (at === notice) words = (at.innerText || "").slice(0, 5000);
  }
  return {
    tag: control.localName,
    role: control.getAttribute("role") || (["button", "summary"].includes(control.localName) ? "button" : control.localName),
    label: (control.innerText || control.value || control.getAttribute("aria-label") || "").trim().slice(0, 80),
    width: box.width,
    height: box.height,
    is_in_view: box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth,
    is_enabled: !control.disabled && control.getAttribute("aria-disabled") !== "true",
    is_uncovered: isUncovered,
    opacity,
    font: style.fontFamily,
    size: style.fontSize,
    weight: style.fontWeight,
    text_contrast: contrast(color(style.color), own),
    contrast: contrast(own, around),
    notice_role: role,
    notice_name: name.slice(0, 200),
    notice_words: words,
    words_before: said.join(" ").replace(/\s+/g, " ").slice(0, 5000),
    notice_share: share ? (share.width * share.height) / (innerWidth * innerHeight) : 0,
    language,
    page_language: document.documentElement.lang,
    blocked_spots: blocked,
    spots: spots.length,
    scroll_locked: [document.documentElement, document.body].some((at) => at && getComputedStyle(at).overflowY === "hidden"),
    overflow: document.scrollingElement ? document.scrollingElement.scrollWidth - innerWidth : 0,
  };
}
