// Checks on the page of receipts that the script which pages get is made of the build that stands in the log, and of data.
const section = document.getElementById("script");
const site = document.body.dataset.site;
const button = section.querySelector("[data-check]");
const verdict = section.querySelector("[role=status]");

const bytesOf = async (address) => {
  const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
  if (!answer.ok) throw new Error(address);
  return new Uint8Array(await answer.arrayBuffer());
};
const textOf = (bytes) => new TextDecoder().decode(bytes);
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

/** Return what the signed leaf in a proof claims; `consent verify` checks its signature and its place in the tree. */
async function leafOf(name) {
  const proof = textOf(await bytesOf(`${site}/${name}`));
  const jws = atob(proof.split("\n")[1].slice("extra ".length));
  const payload = jws.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
  return JSON.parse(textOf(Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0))));
}

/** Return where the JSON object that begins at `start` ends. */
function endOfJson(text, start) {
  let depth = 0;
  let isText = false;
  for (let place = start; place < text.length; place++) {
    const letter = text[place];
    if (isText) {
      if (letter === "\\") place++;
      else if (letter === '"') isText = false;
    } else if (letter === '"') isText = true;
    else if (letter === "{" || letter === "[") depth++;
    else if ((letter === "}" || letter === "]") && --depth === 0) return place + 1;
  }
  return -1;
}

/** Return the data that a served script calls the build with, or null where anything else than the build is in it. */
function dataIn(served, whole, pieces) {
  const [core, ...parts] = pieces.map(([start, end]) => textOf(whole.subarray(start, end)));
  const head = textOf(whole.subarray(0, pieces[0][1])) + "(";
  if (!served.startsWith(head)) return null;
  const end = endOfJson(served, head.length);
  const data = end < 0 ? null : served.slice(head.length, end);
  let rest = end < 0 ? "" : served.slice(end);
  while (core && rest && rest !== ");") {
    const part = parts.find((code) => rest.startsWith(code));
    if (!part && !/^[,\[\]]/.test(rest)) return null;
    rest = rest.slice(part ? part.length : 1);
  }
  return rest ? JSON.parse(data) : null;
}

async function isLogged() {
  const [whole, served] = [await bytesOf(section.dataset.script), textOf(await bytesOf(`../b/${site}.js`))];
  const [script, config] = [await leafOf("script.tlog-proof"), await leafOf("config.tlog-proof")];
  const named = script.banner_sha256 ?? script.after.banner_sha256;
  const data = dataIn(served, whole, JSON.parse(section.dataset.pieces));
  return named === (await sha256(whole)) && config.config === data?.visit?.config && script.site === site && config.site === site;
}

// Without https a browser has no crypto.subtle: the proofs can be checked elsewhere.
button.hidden = !globalThis.crypto?.subtle;
button.addEventListener("click", async () => {
  button.disabled = true;
  const isTrue = await isLogged().catch(() => false);
  verdict.textContent = isTrue ? verdict.dataset.true : verdict.dataset.false;
  verdict.classList.toggle("bad", !isTrue);
  verdict.hidden = false;
  button.disabled = false;
});
