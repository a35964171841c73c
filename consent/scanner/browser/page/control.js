// Return the control that says one of `words`, or that one of `selectors` names, as `[control, score, level, most]`: in this
// frame and its shadow trees. In a notice, where none says exactly that, it is one whose words mean `kind` by their `stems`. `level`
// is how surely it is of a notice about cookies, `most` how surely such a notice asks for a choice in this frame. A link to another
// page is none, unless `leads` says so. `again` leaves out another dialog that was there when an earlier call looked.
({ words, selectors, leads, kind, stems, again }) => {
  const SEEN = Symbol.for("consent-scan-seen");
  const KINDS = "button, a, [role=button], input[type=button], input[type=submit], summary";
  const NAMES = /cookie|consent|privacy|gdpr|rgpd|cmp|datenschutz|tracking|orejime|klaro|tarteaucitron/i;
  const ABOUT = /cookie|consent|einwillig|privacy|gdpr|rgpd|datenschutz|tracking|traceur|confidentialit|vie privée|données personnelles|privacidad|datos personales|riservatezza|dati personali|persoonsgegevens|prywatnoś|ciastecz|dane osobowe|danych osobowych|privacidade|dados pessoais/i;
  // What names cookies is surely about them; a newsletter speaks of privacy as well.
  const COOKIES = /cookie|kakor|informasjonskaps|evästei|sütik|бисквит|kolačić|piškotk|küpsis|sīkdat|slapuk|çerez|ciastecz|クッキー|쿠키|traceur|einwillig/i;
  const MOST_LETTERS = 45;
  // Many a page has its answers on plain elements with a listener.
  const isPressed = (element) =>
    !element.childElementCount &&
    element.textContent &&
    element.textContent.length < 60 &&
    (element.hasAttribute("onclick") || getComputedStyle(element).cursor === "pointer");
  const shadowOf = (element) => element[Symbol.for("consent-scan-shadow")] ?? element.shadowRoot;
  const roots = [document];
  const controls = [];
  for (let index = 0; index < roots.length && index < 200; index++) {
    for (const element of [...roots[index].querySelectorAll("*")].slice(0, 20000)) {
      const shadow = shadowOf(element);
      if (shadow) roots.push(shadow);
      if (element.matches(KINDS)) controls.push([element, true]);
      else if (stems && isPressed(element) && !element.closest(`label, ${KINDS}`)) controls.push([element, false]);
    }
  }
  const parentOf = (element) => element.parentElement || element.getRootNode().host || null;
  // What waits beside the window, as a second layer that slides in, is seen by nobody yet.
  const isBeside = (element) => {
    const isOut = (box) => box.right <= 0 || box.left >= innerWidth || box.bottom <= 0 || box.top >= innerHeight;
    const own = element.getBoundingClientRect();
    if (own.right <= 0 || (own.left >= innerWidth && own.left >= document.documentElement.scrollWidth)) return true;
    for (let at = element; at; at = parentOf(at)) {
      if (getComputedStyle(at).position === "fixed") return isOut(at.getBoundingClientRect()) && isOut(own);
    }
    return false;
  };
  const isVisible = (element) => {
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1 || !element.checkVisibility({ visibilityProperty: true })) return false;
    for (let at = element; at; at = parentOf(at)) if (Number(getComputedStyle(at).opacity) <= 0.05) return false;
    return !isBeside(element);
  };
  const isOff = (element) => element.matches(":disabled") || element.getAttribute("aria-disabled") === "true";
  for (const selector of selectors) {
    for (const root of roots) {
      const found = root.querySelector(selector);
      if (found && isVisible(found) && !isOff(found)) return [found, 100, 4, 0];
    }
  }
  const plain = (text) => text.slice(0, 200).trim().toLowerCase().replace(/\u0307/g, "").replace(/\s+/g, " ").replace(/[\u2018\u2019]/g, "'");
  const said = new Set(words);
  const textOf = (element) => {
    const name = element.getAttribute("aria-label") || element.title || "";
    const text = plain(element.innerText || element.value || name);
    // A control of signs alone, such as a cross, is called by its name, where it has one.
    return text.replace(/^[\s>\u2192\u2713\u2714]+|[\s!.\u203a>\u2192\u2713\u2714\u00d7]+$/g, "") || plain(name) || text;
  };
  // Where words are written apart a stem begins one; a blank at its end says that it is the whole word.
  const isApart = /^[\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}]/u;
  const pieces = Object.entries(stems || {}).map(([of, list]) => [of, list.map((stem) => (isApart.test(stem) ? ` ${stem}` : stem))]);
  const known = Object.fromEntries(pieces);
  const has = (text, of) => known[of].some((piece) => text.includes(piece));
  const cut = (text, pieces) => pieces.reduce((left, piece) => left.replaceAll(piece, " "), text);
  const anyOf = (list) => `(?:${list.map((piece) => piece.trim()).join("|")})`;
  const beyond = stems && new RegExp(` ${anyOf(stems.beyond)}\\p{L}*`, "gu");
  const ofLetters = (of) => stems[of].filter((stem) => isApart.test(stem));
  const signs = stems && anyOf(stems.least.filter((stem) => !isApart.test(stem)));
  const bareWords = stems && `(?:${anyOf(["least", "cookies", "beside"].flatMap(ofLetters))}\\p{L}* )+`;
  const bare = stems && new RegExp(`^ (?:${bareWords}|${signs}[なの的]? ?(?:cookies?|クッキー|쿠키)? )$`, "u");
  const notNeeded = stems && new RegExp(` ${anyOf(stems.not)} ${anyOf(stems.least)}\\p{L}*`, "gu");
  const wordsOf = (label) => ` ${label.replace(/[,.;:!?()\u2013\u2014/|+]/g, " , ").replace(/[^\p{L}\p{N},]+/gu, " ").trim()} `;
  // Part a text before its first word of a kind.
  const parted = (text, of) => {
    const at = Math.min(...known[of].map((piece) => text.indexOf(piece)).filter((index) => index >= 0));
    return [text.slice(0, at + 1), text.slice(at)];
  };
  const opens = (text) => has(text, "settings");
  const refused = (text) => (opens(text) && !has(text, "save") ? "settings" : "reject");
  // "Accept or reject" says neither.
  const byNo = (text) => {
    const [before] = parted(text, "no");
    if (has(before, "yes") && has(before, "or")) return opens(text) ? "settings" : "other";
    return refused(text);
  };
  // Without consent, or without cookies; without advertising is what others pay for.
  const byWithout = (text) => {
    const [, after] = parted(text, "without");
    if (has(after, "yes") || has(after, "cookies")) return refused(text);
    return has(after, "more") ? "other" : undefined;
  };
  // "OK, don't show this again" refuses nothing; "Allow all, no questions asked" may.
  const byNot = (text) => {
    const [before, after] = parted(text, "not");
    if (has(after, "again") && !has(after, "yes")) return has(before, "yes") ? "accept" : "other";
    const [clause, ...rest] = after.split(" , ");
    const isElse = clause.trim().includes(" ") && !has(clause, "yes") && has(` ${rest.join(" ")} `, "yes");
    if (isElse || (has(before, "yes") && before.endsWith(" , "))) return "other";
    return refused(text);
  };
  const denial = (text) => {
    const [, by] = [["no", byNo], ["without", byWithout], ["not", byNot]].find(([of]) => has(text, of)) || [];
    return by && by(text);
  };
  // What is needed is all that is let through, unless more is named beside it.
  const ofLeast = (text, isYes, namesMore) => {
    if (!has(text, "least") || !(has(text, "only") || has(text, "on") || isYes)) return undefined;
    if (!namesMore && !has(text, "more")) return "reject";
    return namesMore && isYes ? "accept" : "other";
  };
  // What is needed and nothing else, as a heading or as an answer: where the label stands tells which.
  const isBare = (text) => bare.test(text) && has(text, "least");
  const rest = (text, isYes) => (has(text, "save") ? "save" : opens(text) ? "settings" : isYes ? "accept" : isBare(text) ? "bare" : undefined);
  const isOffer = (label, text) => has(text, "paid") || /[\u20ac$\u00a3]/.test(label);
  const meaning = (label) => {
    const all = wordsOf(label);
    if (isOffer(label, all)) return "other";
    const calm = cut(all, known.fine);
    // Of what is asked for whatever is not needed, the rest of the words tells what becomes of it.
    const text = calm.replace(beyond, "").replace(notNeeded, "");
    const isYes = calm !== all || has(text, "yes");
    return denial(text) || ofLeast(text, isYes, text !== calm) || rest(text, isYes);
  };
  const fits = (text, means) => {
    if (said.has(text)) return 4;
    if (text.length > MOST_LETTERS) return 0;
    const starts = words.some((word) => word.includes(" ") && text.startsWith(word + " "));
    if (starts && (!means || means === kind)) return 2;
    return stems && means === kind ? 1 : 0;
  };
  // What is written in the shadow tree of an element is no text of its own.
  const textIn = (holder) => {
    const inside = [...(shadowOf(holder)?.children || [])].filter((one) => !one.matches("style, script, template"));
    return [holder, ...inside].map((one) => one.innerText || "").join("\n").slice(0, 20000);
  };
  // A strip that stands in the page itself, at its begin or end: short, and of nothing else.
  const isStrip = (holder) => {
    const text = textIn(holder);
    return text.length < 700 && COOKIES.test(text) && !holder.closest("main, article, form, footer, nav") && holder.parentElement === document.body;
  };
  // Return how surely an element is in a notice about cookies: 4 surely, 3 in a strip, 2 by privacy alone, 1 in some dialog, 0 in none.
  const noticeOf = (element) => {
    let most = 0;
    let at = element;
    for (let step = 0; at && step < 12 && most < 4; step++) {
      const holder = parentOf(at);
      if (!holder || holder === document.documentElement) break;
      // What stands in place of one frame asks for that frame alone.
      if (/placeholder/i.test(holder.localName)) return 0;
      const names = `${holder.localName} ${holder.id} ${holder.getAttribute("class") || ""} ${holder.getAttribute("aria-label") || ""}`;
      if (holder === document.body) {
        // A frame of its own that holds nothing but the notice.
        if (window !== window.parent && textIn(holder).length < 5000 && COOKIES.test(textIn(holder))) most = 4;
        break;
      }
      const isDialog = /^(alert)?dialog$/.test(holder.getAttribute("role") || holder.localName);
      if (NAMES.test(names)) most = 4;
      else if (isDialog || ["fixed", "sticky"].includes(getComputedStyle(holder).position)) {
        const text = textIn(holder);
        most = Math.max(most, COOKIES.test(text) ? 4 : ABOUT.test(text) ? 2 : isDialog ? 1 : 0);
      } else if (isStrip(holder)) most = Math.max(most, 3);
      at = holder;
    }
    return most;
  };
  const leadsAway = (element) => {
    const href = element.getAttribute("href") || "";
    if (element.localName !== "a" || element.getAttribute("role") === "button" || !href || /^(#|javascript:)/i.test(href)) return false;
    return element.origin + element.pathname !== location.origin + location.pathname || !element.search;
  };
  // What opens something beside it is no answer.
  const tells = (element) => element.matches("button, [role=button], input") && !element.matches("[aria-expanded], [aria-haspopup], [aria-pressed]");
  const SWITCHES = "input[type=checkbox], input[type=radio], [role=switch], [role=checkbox], [role=radio]";
  // A bare name of what is needed answers where it stands with an answer that looks like it, and with no switch and no other group.
  const standsWith = (element, accept) => {
    const holds = (at, one) => Boolean(one) && (at === one || holds(at, parentOf(one)));
    let row = element;
    while (row && !holds(row, accept)) row = parentOf(row);
    const [own, other] = [element, accept].map((one) => one.getBoundingClientRect());
    const isAlike = element.localName === accept.localName && Math.abs(own.height - other.height) <= other.height / 4;
    const isGroup = ([one]) => groups.has(one) && holds(row, one);
    const hasSwitch = [row, row && shadowOf(row)].some((root) => root?.querySelector(SWITCHES));
    return row && isAlike && !hasSwitch && !controls.some(isGroup);
  };
  const [accepts, bares, groups] = [[], [], new Set()];
  let [best, score, level, most] = [null, 0, 0, 0];
  for (const [element, isControl] of controls) {
    const text = textOf(element);
    const means = stems && text.length <= MOST_LETTERS ? meaning(text) : undefined;
    const fit = fits(text, means);
    const asks = means === "accept" || means === "reject";
    const isBareOne = means === "bare" && kind === "reject" && isControl && tells(element);
    if (stems && !means && has(` ${text} `, "more")) groups.add(element);
    if (!(fit || asks || isBareOne) || !isVisible(element) || isOff(element) || element.getAttribute("role") === "tab" || (leadsAway(element) && !leads)) continue;
    const notice = noticeOf(element);
    // Once answered, what is surely about cookies asks again, and else what was not there before.
    if (again && notice < 3 && element[SEEN]) continue;
    if (!again) element[SEEN] = true;
    if (asks) most = Math.max(most, notice);
    if (means === "accept") accepts.push(element);
    if (isBareOne && notice >= 3) bares.push([element, notice]);
    // Outside of a notice only a phrase of the list counts: a lone "OK" may be for anything.
    const isPhrase = isControl && fit > 1 && text.includes(" ");
    const reached = notice && fit ? 10 * notice + fit : isPhrase ? fit : 0;
    const saysItself = stems && (has(` ${text} `, "cookies") || has(` ${text} `, "without"));
    if (reached > score) [best, score, level] = [element, reached, notice || !saysItself ? notice : 4];
  }
  const [bareOne, notice] = (!best && bares.find(([element]) => accepts.some((accept) => standsWith(element, accept)))) || [];
  return bareOne ? [bareOne, 10 * notice + 0.5, notice, most] : [best, score, level, most];
}
