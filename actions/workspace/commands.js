// What a step says to its runner: inputs, outputs, state for the post step, and lines of the log. What came from
// elsewhere is never taken for a command.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");

const input = (name) => (process.env[`INPUT_${name.toUpperCase()}`] || "").trim();

/** Text in a command: a line break would begin another one. */
const escaped = (text) => String(text).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");

/** One line of the log. */
const plain = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");

const write = (line) => process.stdout.write(`${line}\n`);
const say = (text) => write(`- ${plain(text)}`);
const error = (text) => write(`::error::${escaped(text)}`);
const warning = (text) => write(`::warning::${escaped(text)}`);
const mask = (secret) => write(`::add-mask::${escaped(secret)}`);

let inGroup = false;

function group(title) {
  write(`::group::${escaped(title)}`);
  inGroup = true;
}

function endGroup() {
  if (inGroup) write("::endgroup::");
  inGroup = false;
}

/** Foreign text of several lines: while it is shown, nothing in it is a command. */
function show(title, text) {
  const end = crypto.randomBytes(16).toString("hex");
  group(title);
  write(`::stop-commands::${end}`);
  write(String(text));
  write(`::${end}::`);
  endGroup();
}

/** Into one of the runner's files, where a value of several lines stands between two marks that it cannot contain. */
function put(variable, name, value) {
  const file = process.env[variable];
  if (!file) return;
  const mark = crypto.randomBytes(16).toString("hex");
  fs.appendFileSync(file, `${name}<<${mark}\n${value}\n${mark}\n`);
}

const output = (name, value) => put("GITHUB_OUTPUT", name, value);
const keep = (name, value) => put("GITHUB_STATE", name, value);
const kept = (name) => process.env[`STATE_${name}`] || "";

module.exports = { input, say, error, warning, mask, group, endGroup, show, output, keep, kept };
