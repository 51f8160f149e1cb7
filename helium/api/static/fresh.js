// Keeps an open page true. It asks every few seconds whether what it shows is still so, and takes over what changed,
// without losing what somebody typed, selected or opened. It says so when the session or the server went.
// Without JavaScript, a reload does the same.
"use strict";
(() => {
const body = document.body;
const LONGEST = 30, TRIES = 2, SECONDS = 15;
const contact = document.createElement("div");
contact.id = "contact";
contact.setAttribute("role", "alert");
body.append(contact);
let timer = 0, failures = 0, asking = false, leaving = false, heard = new Date();

const address = () => body.dataset.address || location.pathname + location.search;
const typed = () => [...document.querySelectorAll("input, textarea")].some(
  (each) => each.type !== "hidden" && each.value !== each.defaultValue);

function later() {
  clearTimeout(timer);
  const seconds = failures ? Math.min(LONGEST, 2 ** failures) : Number(body.dataset.every);
  timer = setTimeout(look, seconds * 1000);
}

async function look() {
  clearTimeout(timer);
  // A page that nobody sees asks when somebody looks at it again.
  if (asking || leaving || document.hidden) return;
  asking = true;
  const from = address();
  try {
    await take(await ask(from), from);
  } catch {
    failures += 1;
    if (!leaving && failures >= TRIES) say(`Helium does not answer. This page shows how things stood at ${heard.toLocaleTimeString()}, and goes on when Helium is back.`);
  } finally {
    asking = false;
    later();
  }
}

const ask = (from) => fetch(from, {
  headers: { "Helium-Version": body.dataset.version, "Accept": "text/html" },
  cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(SECONDS * 1000),
});

// A proxy in front that wants a new sign-in redirects, or answers with a page of its own.
const isOver = (answer) => answer.status === 401 || answer.type === "opaqueredirect";

// The page that an answer has; nothing where this one is the newest. Throws where Helium cannot answer.
async function pageOf(answer) {
  if (answer.status === 429 || answer.status >= 500) throw new Error(String(answer.status));
  return answer.status === 204 ? null : new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function take(answer, from) {
  if (isOver(answer)) return over("Your session has ended, so this page shows nothing new.");
  const fresh = await pageOf(answer);
  if (fresh && !fresh.body.dataset.version) return over("This page cannot be kept up to date any more.");
  failures = 0;
  heard = new Date();
  say("");
  if (fresh && from === address()) renew(fresh);
}

function renew(fresh) {
  const sheet = (page) => page.querySelector("link[rel=stylesheet]").getAttribute("href");
  if (sheet(document) !== sheet(fresh)) {
    // Helium was updated: old scripts and styles do not fit the new page.
    if (!typed()) return location.replace(address());
    return over("Helium was updated.");
  }
  const frameOnly = "frameOnly" in body.dataset, before = state(), focused = document.activeElement;
  sign(fresh);
  if (frameOnly) fresh.getElementById("main").replaceWith(document.getElementById("main").cloneNode(true));
  document.title = frameOnly ? document.title : fresh.title;
  morph(body, fresh.body);
  if (focused !== body && !focused.isConnected) document.getElementById("main").focus({ preventScroll: true });
  if (window.htmx) window.htmx.process(body);
  document.dispatchEvent(new Event("helium:renewed"));
  const now = state(), said = document.getElementById("said");
  if (said && before !== now) said.textContent = `Status: ${now || "Gone"}`;
}

// A form carries the nonce of its session, and somebody who signed in again in another tab has a new one.
function sign(fresh) {
  const nonce = fresh.querySelector("input[name=nonce]")?.value;
  if (nonce) for (const each of document.querySelectorAll("input[name=nonce]")) each.setAttribute("value", nonce);
}

// A form is sent while somebody is there to take it. Otherwise what was typed would be lost with this page. Where the
// page has heard of the server a moment ago, the form goes at once.
const isInDoubt = () => failures > 0 || Date.now() - heard > (Number(body.dataset.every) + 5) * 1000;
let checked = null, sending = false;
addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (checked === form || (!sending && !isInDoubt())) { checked = null; return; }
  event.preventDefault();
  if (sending) return;
  sending = true;
  if (await isTaken()) {
    checked = form;
    form.requestSubmit(button);
    // A press that comes meanwhile is the same one.
    await new Promise((done) => { setTimeout(done, 3000); });
  }
  sending = false;
});

async function isTaken() {
  try {
    const answer = await ask(address());
    if (isOver(answer)) {
      over("Nothing was sent: your session has ended. Sign in in another tab, then send it again; what you typed stays here.", "Sign in");
      return false;
    }
    const fresh = await pageOf(answer);
    // Only the session is renewed. What a button acts on stays what the person saw.
    if (fresh) sign(fresh);
    return true;
  } catch {
    failures += 1;
    say("Nothing was sent: Helium does not answer. What you typed stays here; send it again when Helium is back.");
    later();
    return false;
  }
}

const state = () => document.querySelector(".title .chip")?.textContent.trim() ?? "";

// A page that carries on where it was: the same elements stay, so focus, selection and open parts stay as well.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) { old.data = fresh.data; return; }
  // Whether a part is open is the person's.
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.nodeName !== "TEXTAREA") children(old, fresh);
}

function children(old, fresh) {
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    let match = at;
    while (match && !same(match, next)) match = match.nextSibling;
    if (!match) { old.insertBefore(document.importNode(next, true), at); continue; }
    if (match === at) at = at.nextSibling; else old.insertBefore(match, at);
    morph(match, next);
  }
  while (at) { const gone = at; at = at.nextSibling; if (gone !== contact) gone.remove(); }
}

const key = (node) => node.id || node.getAttribute?.("aria-labelledby") || node.getAttribute?.("action") || "";
const same = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);

function over(text, way = "Load it again") {
  // Somebody may sign in again in another tab, so it goes on asking, rarely.
  failures = 4;
  const link = document.createElement("a");
  link.href = address();
  link.textContent = way;
  if (typed()) link.target = "_blank";
  say(text, link);
}

function say(text, ...more) {
  if (contact.dataset.said === text) return;
  contact.dataset.said = text;
  contact.replaceChildren(...(text ? [text, " ", ...more] : []));
}

// A confirmation is of now, so an address that is kept or loaded again must not say it once more.
if (new URLSearchParams(location.search).has("done")) history.replaceState(history.state, "", address());
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
addEventListener("pagehide", () => { leaving = true; });
addEventListener("pageshow", (event) => { leaving = false; if (event.persisted) look(); });
later();
})();
