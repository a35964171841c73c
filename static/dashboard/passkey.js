// Creates or uses a passkey (WebAuthn) with the options of a form, and submits the form with the result.
const form = document.querySelector("[data-passkey]");

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const textOf = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Return the options with their text decoded to bytes. */
function read(options) {
  const listed = (list) => list?.map((one) => ({ ...one, id: bytesOf(one.id) }));
  const user = options.user && { ...options.user, id: bytesOf(options.user.id) };
  return {
    ...options,
    challenge: bytesOf(options.challenge),
    ...(user && { user }),
    allowCredentials: listed(options.allowCredentials),
    excludeCredentials: listed(options.excludeCredentials),
  };
}

/** Return the browser's credential as text. */
function written(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const found = parts.filter((name) => response[name]).map((name) => [name, textOf(response[name])]);
  return JSON.stringify({
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    response: { ...Object.fromEntries(found), transports: response.getTransports?.() ?? [] },
  });
}

async function run() {
  form.querySelector("[role=alert]").hidden = true;
  try {
    const options = { publicKey: read(JSON.parse(form.dataset.options)) };
    const credential = await navigator.credentials[form.dataset.passkey](options);
    form.elements.credential.value = written(credential);
    form.submit();
  } catch {
    form.querySelector("[role=alert]").hidden = form.querySelector("button").hidden = false;
  }
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  run();
}
