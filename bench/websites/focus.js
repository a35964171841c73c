/**
 * Focus the button of our banner labeled `name`, and return whether it exists. Our buttons are in a shadow root or slotted
 * into it; a site's own banner may have a button with the same label.
 */
name => {
  const hosts = [...document.querySelectorAll("section, div")].filter(one => one.shadowRoot);
  const buttons = hosts.flatMap(one => [...one.querySelectorAll("button"), ...one.shadowRoot.querySelectorAll("button")]);
  const found = buttons.filter(one => one.textContent.trim() === name && one.checkVisibility()).pop();
  found?.focus();
  return Boolean(found);
}
