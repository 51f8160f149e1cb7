// Helium's API, with the identity of this job: the token that the job's host signs is exchanged for one of Helium's,
// again whenever that has ended. What may pass is repeated until a moment; what is refused is an error with Helium's
// sentence.
"use strict";

const runner = require("./commands.js");

const CALL = 30_000;
const PASSES = new Set([408, 429, 502, 503, 504]);

/** A refusal. `passes`: the same call may succeed later. */
class HeliumError extends Error {
  constructor(sentence, { status = 0, passes = false, wait = 0 } = {}) {
    super(sentence);
    Object.assign(this, { status, passes, wait });
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Milliseconds of a length like 30m. */
function length(text, name) {
  const found = /^([1-9][0-9]{0,4})([smhd])$/.exec(text);
  if (!found) throw new HeliumError(`The input ${name} is ${JSON.stringify(text)}. Write a length, such as 30m or 2h.`);
  return Number(found[1]) * { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 }[found[2]];
}

/** The API's address: by https, because tokens go there, or on this machine. */
function address(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    const todo = "Write the address of Helium's API, such as https://helium.example.com.";
    throw new HeliumError(`The input url is ${JSON.stringify(text)}. ${todo}`);
  }
  const here = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && here)) {
    throw new HeliumError(`The input url is ${text}. It must begin with https://, because the job's token goes there.`);
  }
  if (url.username || url.search || url.hash) {
    throw new HeliumError("The input url is more than an address. Leave out user, ? and #.");
  }
  return url.href.replace(/\/+$/, "");
}

class Helium {
  constructor(url, audience) {
    this.url = address(url);
    this.audience = audience || this.url;
    this.token = "";
    this.names = "";
  }

  /** Exchange the job's identity for a token of Helium's; `names` is how the names of this run's workspaces begin. */
  async signIn(until) {
    for (let refused = 0; ; ) {
      const token = await this.#identity(until);
      try {
        const given = await this.#once("POST", "/job-token", { token });
        runner.mask(given.Token);
        [this.token, this.names] = [given.Token, given.Names];
        return given;
      } catch (error) {
        // Each identity is good for one exchange, and nobody knows whether the last call was one.
        const again = error.passes || (error.status === 401 && refused++ === 0);
        const wait = Math.max(error.wait || 0, 2000);
        if (!again || Date.now() + wait >= until) throw error;
        runner.say(`${error.message} Trying again in ${Math.ceil(wait / 1000)} s.`);
        await sleep(wait);
      }
    }
  }

  /** A call with Helium's token, repeated while what is wrong may pass. Only what is the same twice may be called. */
  async call(method, path, { body, key, until }) {
    if (!this.token) await this.signIn(until);
    const once = () => this.#once(method, path, { body, key, token: this.token });
    try {
      return await this.#repeated(until, once);
    } catch (error) {
      if (error.status !== 401) throw error;
      await this.signIn(until);
      return this.#repeated(until, once);
    }
  }

  async #repeated(until, call) {
    for (let tries = 0; ; tries++) {
      try {
        return await call();
      } catch (error) {
        const wait = Math.max(error.wait || 0, Math.min(1000 * 2 ** tries, 15_000));
        if (!error.passes || Date.now() + wait >= until) throw error;
        runner.say(`${error.message} Trying again in ${Math.ceil(wait / 1000)} s.`);
        await sleep(wait);
      }
    }
  }

  async #once(method, path, { body, key, token }) {
    const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const asked = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const [answer, said] = await reached(`${this.url}/v1/api${path}`, asked, "Helium's API");
    if (answer.ok && said && typeof said === "object") return said;
    const detail = said && said.detail ? String(said.detail) : `it answers ${answer.status}`;
    const wait = Math.min(Number(answer.headers.get("retry-after")) || 0, 300) * 1000;
    const passes = PASSES.has(answer.status);
    throw new HeliumError(`Helium at ${this.url}: ${detail}`, { status: answer.status, passes, wait });
  }

  /** What the job's host signs for it. */
  async #identity(until) {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: place, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = process.env;
    if (!place || !secret) {
      throw new HeliumError("This job has no identity to show. Give it the permission `id-token: write`.");
    }
    const url = new URL(place);
    url.searchParams.set("audience", this.audience);
    const asked = { headers: { Authorization: `Bearer ${secret}`, Accept: "application/json" } };
    return this.#repeated(until, async () => {
      const [answer, said] = await reached(url, asked, "The issuer of this job's identity");
      if (!answer.ok || !said || !said.value) {
        const passes = answer.status >= 500 || answer.status === 429;
        throw new HeliumError(`The issuer of this job's identity answers ${answer.status}.`, { passes });
      }
      runner.mask(said.value);
      return said.value;
    });
  }
}

/** A whole answer from wherever, and what it says; no redirect is followed, because the token would go along. */
async function reached(url, asked, who) {
  try {
    const answer = await fetch(url, { ...asked, redirect: "manual", signal: AbortSignal.timeout(CALL) });
    return [answer, json(await answer.text())];
  } catch (error) {
    const why = error.cause && error.cause.code ? error.cause.code : error.name;
    throw new HeliumError(`${who} does not answer (${why}).`, { passes: true });
  }
}

/** `null` for what is no JSON. */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

module.exports = { Helium, HeliumError, length, sleep };
