// Consent in an app, through the HTTP API of the consent service: docs/handover.md.
// Plain JavaScript for Node 18 or later; port it to Kotlin or Swift. `storage` stores strings: {get(name), set(name, text)}.

const HOUR = 3600_000;
const DAY = 24 * HOUR;
const DROPPED = [400, 404, 409, 410, 413, 422];
const GROUPS = ["functional", "analytics", "advertising"];

export class ConsentApp {
  /** @param {{service: string, site: string, app: string, storage: {get(name: string): string | null, set(name: string, text: string): void}, language?: string, gpc?: boolean, now?: () => number, subject?: () => Promise<string | null>}} options */
  constructor({ service, site, app, storage, language = "en", gpc = false, now = Date.now, subject = async () => null }) {
    Object.assign(this, { service, site, app, storage, language, gpc, now, subject });
  }

  /** Return the decision, requested at most once an hour; call at app start. Offline, the last is valid for seven days. */
  async decide() {
    const last = this.read("decision", null);
    if (last && this.now() - last.at < HOUR) return last.decision;
    try {
      const answer = await this.request("GET", `decision?view=banner&language=${this.language}`);
      if (answer.status === 200) return this.keep(await answer.json());
    } catch {
      // Offline.
    }
    return this.current();
  }

  /** Return the last decision, or null if it is older than seven days: then nothing optional may run. */
  current() {
    const last = this.read("decision", null);
    return last && this.now() - last.at < 7 * DAY ? last.decision : null;
  }

  /** Return whether an SDK may run: its tag must be allowed in full mode. */
  mayRun(tag) {
    return !!this.current()?.allowed_tags.includes(tag);
  }

  /** Record the user's choices from the screen that showed the decision, such as {analytics: true, advertising: false}. */
  async choose(choices, { layer = 1, scope, seen } = {}) {
    const decision = this.read("decision", null)?.decision;
    if (!decision) throw new Error("show the texts of a decision first");
    const answers = Object.values(choices);
    const all = answers.length === GROUPS.length;
    const action = all && answers.every(Boolean) ? "accept_all" : all && !answers.some(Boolean) ? "reject_all" : "save";
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const body = { key, config: decision.config, token: decision.token, action, method: "app", choices, layer };
    const more = { chosen_at: new Date(this.now()).toISOString(), ...(scope && { scope, seen: seen ?? 0 }) };
    this.write("queue", [...this.read("queue", []), { ...body, ...more }]);
    // A refusal takes effect immediately, even if the service can't be reached yet.
    this.narrow(choices);
    await this.send();
  }

  /** Send the queue, oldest first. Retries must send the same body, except for `subject`, which is a new token each time. */
  async send() {
    for (const entry of this.read("queue", [])) {
      if (this.now() - Date.parse(entry.chosen_at) > 30 * DAY) {
        this.drop(entry);
        continue;
      }
      const subject = entry.scope && (await this.subject());
      if (entry.scope && !subject) continue;
      try {
        const answer = await this.request("POST", "receipts", subject ? { ...entry, subject } : entry);
        if (answer.ok) this.keep((await answer.json()).decision);
        if (answer.ok || DROPPED.includes(answer.status)) this.drop(entry);
        else return;
      } catch {
        return; // offline: retry later
      }
    }
  }

  /** Apply the account's choice at sign-in. */
  async signIn() {
    const answer = await this.request("POST", "account", { subject: await this.subject() });
    if (!answer.ok) throw new Error(`the account was not joined: ${answer.status}`);
    const { decision } = await answer.json();
    return this.keep(decision);
  }

  /** Restore the device's own choice at sign-out. */
  async signOut() {
    await this.request("POST", "account/forget", {});
    this.write("decision", null);
    return this.decide();
  }

  /** Return the script to inject at document start into a webview's main frame, only on the site's own pages. */
  webviewScript(post = "null", subject = null) {
    const { [`consent_${this.site}`]: choice = null } = this.read("cookies", {});
    const facts = JSON.stringify({ v: 1, site: this.site, choice, subject }).replaceAll("<", "\\u003c");
    return `window.consentApp = Object.freeze(Object.assign(${facts}, { post: ${post} }));`;
  }

  /** Return the URL to open in the system browser, with the user's refusals; the browser asks for grants again. */
  async addressFor(address) {
    const { hostname, port } = new URL(address);
    const to = port && port !== "443" ? `${hostname}:${port}` : hostname;
    const answer = await this.request("POST", "handovers", { to }).catch(() => null);
    const code = answer?.ok ? (await answer.json()).code : null;
    return code ? `${address}${address.includes("#") ? "&" : "#"}cho=${code}` : address;
  }

  async request(method, path, body) {
    const cookies = this.read("cookies", {});
    const answer = await fetch(`${this.service}/api/v1/sites/${this.site}/${path}`, {
      method,
      body: body && JSON.stringify(body),
      headers: {
        "Consent-App": `app:${this.app}`,
        "Content-Type": "application/json",
        ...(this.gpc && { "Sec-GPC": "1" }),
        Cookie: Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie);
      if (attributes.includes("Max-Age=0")) delete cookies[name];
      else cookies[name] = value;
    }
    this.write("cookies", cookies);
    return answer;
  }

  /** Store a decision with its time. The response to a choice has no texts, so keep those of the previous decision. */
  keep(decision) {
    const before = this.read("decision", null)?.decision;
    const kept = { ...(before && { token: before.token, banner: before.banner }), ...decision };
    this.write("decision", { at: this.now(), decision: kept });
    return kept;
  }

  narrow(choices) {
    const last = this.read("decision", null);
    const isRefused = (tag) => choices[tag.group] === false;
    const gone = last.decision.tags.filter(isRefused).map(({ id }) => id);
    last.decision.allowed_tags = last.decision.allowed_tags.filter((id) => !gone.includes(id));
    this.write("decision", last);
  }

  drop({ key }) {
    this.write("queue", this.read("queue", []).filter((entry) => entry.key !== key));
  }

  read(name, missing) {
    return JSON.parse(this.storage.get(name) ?? "null") ?? missing;
  }

  write(name, value) {
    this.storage.set(name, JSON.stringify(value));
  }
}
