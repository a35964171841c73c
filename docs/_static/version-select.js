// Fills the select of versions from what `versions.js` says, and opens the same page of the chosen one, or its first page.
{
  const select = document.getElementById("docs-version")
  const { own, versions } = window.docsVersions ?? { versions: [] }
  for (const { version } of versions) select?.append(new Option(version, version, false, version === own))
  select?.addEventListener("change", () => {
    const { path, pages } = versions.find(({ version }) => version === select.value)
    const page = pages.includes(select.dataset.page) ? select.dataset.page : "index"
    location.assign(`${select.dataset.root}${path}${page}.html`)
  })
  // A page that comes back out of the browser's memory has the version that was left, not the one that was chosen.
  addEventListener("pageshow", () => select && (select.value = own))
  if (select && versions.length > 1) select.parentElement.hidden = false
}
