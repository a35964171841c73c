// The banner on a page of the service's own, such as that of a visitor's receipts: without any tag of the site.

const fetched = window.fetch;

// No tag of the site loads on these pages, whatever was chosen.
window.fetch = async (address, options) => {
  const answer = await fetched(address, options);
  if (!String(address).includes("/decision?view=banner")) return answer;
  const decision = await answer.json();
  for (const part of [decision.banner, decision.banner?.acts]) if (part?.tags) part.tags = {};
  return Response.json(decision);
};

/**
 * Load the banner from `address`, that of its code alone; a promise of `window.consent`, which fails where none comes.
 *
 * @param {string} address
 */
export function loadBanner(address) {
  const script = document.createElement("script");
  script.src = address;
  const loaded = new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
  });
  document.head.append(script);
  return loaded.then(() => ready());
}

/** Wait for the decision: five seconds, then give up. */
async function ready() {
  for (let tries = 0; tries < 100; tries++) {
    if (window.consent) return window.consent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("The banner has no decision.");
}
