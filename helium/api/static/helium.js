// What the pages do better with JavaScript: clocks that run, copying, and a button that waits for the typed name.
// All of it can be missing. What the server sends again (htmx swaps) is looked after by listening on the document.
"use strict";

function left(deadline, now) {
  const past = deadline <= now;
  const minutes = Math.floor(Math.abs(deadline - now) / 60000);
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
  const text = days ? `${days}d ${hours}h` : hours ? `${hours}h ${rest}m` : `${rest}m`;
  return past ? `${text} ago` : text;
}

function tick() {
  for (const each of document.querySelectorAll("time[data-left]")) {
    const text = left(Date.parse(each.dateTime), Date.now());
    if (each.textContent !== text) each.textContent = text;
  }
}

function spent(seconds) {
  const whole = Math.max(0, Math.round(seconds)), two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor(whole % 3600 / 60))}m`;
}

function second() {
  for (const each of document.querySelectorAll("time[data-since]")) {
    each.textContent = spent((Date.now() - Date.parse(each.dateTime)) / 1000);
  }
}

// Instants in the reader's own time, with UTC in the tooltip: the fleet's files and logs speak UTC.
function local(each) {
  const at = new Date(each.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const text = at.toLocaleString(undefined, { weekday: "short", year, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const utc = each.dateTime.replace("T", " ").replace("Z", " UTC");
  if ("at" in each.dataset) each.textContent = text;
  each.title = "at" in each.dataset ? utc : `${text} your time, ${utc}`;
}

function ownTime() {
  for (const each of document.querySelectorAll("time[data-at], time[data-left]")) local(each);
}

function until() {
  for (const each of document.querySelectorAll("time[data-until]")) {
    const rest = (Date.parse(each.dateTime) - Date.now()) / 1000;
    each.textContent = rest > 0 ? spent(rest) : "a moment more";
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  const label = button.querySelector("[data-label]");
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    label.textContent = "Selected";
  }
  const said = document.getElementById("said");
  if (said) said.textContent = `${label.textContent}: ${button.dataset.name}`;
  setTimeout(() => { label.textContent = "Copy"; }, 2000);
}

function watch(field) {
  const button = field.form.querySelector("button");
  const same = field.value.trim() === field.dataset.confirms;
  button.disabled = !same;
}

document.documentElement.classList.add("scripted");
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copies]");
  if (button) copy(button);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("input[data-confirms]")) watch(event.target);
});
function begin() {
  for (const each of document.querySelectorAll("input[data-confirms]")) watch(each);
  tick();
  ownTime();
  until();
}
begin();
setInterval(tick, 20000);
setInterval(() => { second(); until(); }, 1000);
document.addEventListener("htmx:afterSwap", begin);
document.addEventListener("helium:renewed", begin);
