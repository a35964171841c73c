/**
 * Give the focus to the button of our banner that says `name`, and tell whether it is there. Ours stand in a shadow root
 * or are given to it; a site's own banner may have a button of the same name.
 */
name => {
  const hosts = [...document.querySelectorAll("section, div")].filter(one => one.shadowRoot);
  const buttons = hosts.flatMap(one => [...one.querySelectorAll("button"), ...one.shadowRoot.querySelectorAll("button")]);
  const found = buttons.filter(one => one.textContent.trim() === name && one.checkVisibility()).pop();
  found?.focus();
  return Boolean(found);
}
