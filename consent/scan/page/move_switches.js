// Move the switches beside a control that saves them to `on`, as clicks do, and return how many were moved.
(save, on) => {
  const SWITCHES = "input[type=checkbox], [role=switch], [role=checkbox], [aria-pressed]";
  const SAID = {
    true: /^(1|true|yes|on|allow(ed)?|accept(ed)?|granted|ein|an|ja|oui|autoriser|accepter|activé|sí|si|sì|aan|tak|sim|ligado|på|kyllä|ano|igen|da|да|так|açık)$/i,
    false: /^(0|false|no|off|deny|denied|reject(ed)?|aus|nein|non|refuser|interdire|désactivé|uit|nee|nie|não|desligado|av|nej|nei|ei|ne|nem|nu|нет|ні|kapalı)$/i,
  };
  const parentOf = (node) => node.parentElement || node.getRootNode().host || null;
  const isOn = (element) => (element.matches("input") ? element.checked : [element.ariaChecked, element.ariaPressed].includes("true"));
  const moves = (element) => !element.disabled && element.getAttribute("aria-disabled") !== "true";
  const says = (radio) => [radio.labels?.[0]?.innerText.trim(), radio.value].some((text) => SAID[on].test(text || ""));
  for (let at = parentOf(save); at && at !== document.body; at = parentOf(at)) {
    const found = [...at.querySelectorAll(SWITCHES)].slice(0, 300);
    const radios = [...at.querySelectorAll("input[type=radio]")].slice(0, 300).filter(says);
    const before = found.map(isOn);
    for (const element of found) if (moves(element) && isOn(element) !== on) element.click();
    const chosen = radios.filter((radio) => moves(radio) && !radio.checked);
    for (const radio of chosen) radio.click();
    const moved = found.filter((element, index) => isOn(element) !== before[index]).length + chosen.length;
    if (found.length || radios.length) return moved;
  }
  return 0;
}
