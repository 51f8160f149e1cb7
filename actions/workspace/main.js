// Asks for a workspace, waits until it is ready, and gives out how to reach it. The post step deletes it, also when
// this one was cut short: what it needs for that is kept before anything is asked for.
"use strict";

const crypto = require("node:crypto");
const runner = require("./commands.js");
const { Helium, HeliumError, length, sleep } = require("./helium.js");

const SIGN_IN = 300_000;
const APPEARS = 60_000;

/** `NAME: VALUE` lines, or a JSON object. */
function fields(text) {
  if (!text) return {};
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new HeliumError(`The input versions is not JSON: ${error.message}.`);
    }
  }
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.map(pair));
}

function pair(line) {
  const found = /^([A-Za-z]\w*):\s+(.+)$/.exec(line);
  if (!found) {
    const todo = "Write lines such as pachdVersion: 2.3.9.";
    throw new HeliumError(`The input versions has the line ${JSON.stringify(line)}. ${todo}`);
  }
  return [found[1], found[2].replace(/^(["'])(.*)\1$/, "$2")];
}

/** What is asked for. The same run asks for the same, however often this step begins. */
function wanted() {
  const asked = fields(runner.input("versions"));
  const given = { backend: runner.input("backend"), valuesYaml: runner.input("values") };
  const lifetime = runner.input("lifetime").replace(/^\+/, "");
  if (lifetime) given.expiry = `+${lifetime}`;
  for (const [name, value] of Object.entries(given)) if (value) asked[name] = value;
  return asked;
}

/** The end of its name: another one for each job, each job of a matrix, and each `key`. Two jobs that call one workflow
 *  have the same GITHUB_JOB; their `job-index` differs where the host numbers its jobs, else their `key` must. */
function part() {
  const said = [process.env.GITHUB_JOB, runner.input("job-index"), runner.input("key")].join(" ");
  return crypto.createHash("sha256").update(said).digest("hex").slice(0, 6);
}

/** One line about where it stands. */
function standing({ Workspace: workspace, Progress: progress }) {
  const resource = progress && progress.Resource ? `: ${progress.Resource}` : "";
  const done = progress && progress.Of ? ` (${progress.Done} of ${progress.Of})` : "";
  return `${workspace.Status}${done}${resource}${progress ? "" : workspace.Reason ? `: ${workspace.Reason}` : ""}`;
}

async function ready(helium, name, until) {
  const began = Date.now();
  let [seen, last, wait] = [false, "", 1000];
  while (Date.now() < until) {
    try {
      const found = await helium.call("GET", `/workspace/${name}`, { until });
      seen = true;
      const line = standing(found);
      if (line !== last) runner.say((last = line));
      if (found.Workspace.Status === "ready") return found;
      if (["failed", "deleting", "expired"].includes(found.Workspace.Status)) await fail(helium, found, until);
    } catch (error) {
      // Its file is on main, and the reader may be a moment behind.
      if (error.status !== 404) throw error;
      if (seen || Date.now() - began > APPEARS) throw new HeliumError(`${name} is gone: somebody deleted it.`);
    }
    await sleep(Math.min(wait, Math.max(until - Date.now(), 0)));
    wait = Math.min(wait * 1.5, 10_000);
  }
  const limit = runner.input("timeout");
  const said = last || "nothing";
  throw new HeliumError(`${name} was not ready within ${limit} (input timeout). Helium said last: ${said}.`);
}

async function fail(helium, { Workspace: workspace }, until) {
  const { Log: log } = await helium.call("GET", `/workspace/${workspace.ID}/log`, { until }).catch(() => ({ Log: "" }));
  runner.endGroup();
  if (log) runner.show("What Pulumi said", log);
  throw new HeliumError(`${workspace.ID} is ${workspace.Status}: ${workspace.Reason}`);
}

function giveOut({ Workspace: workspace, ConnectionInfo: info, ...more }) {
  const outputs = {
    name: workspace.ID,
    expiry: workspace.Expiry,
    "console-url": info.ConsoleURL,
    "notebooks-url": info.NotebooksURL,
    pachctl: info.Pachctl,
    kubernetes: info.K8s,
    namespace: info.K8sNamespace,
    "pachd-address": workspace.PachdIp,
    bucket: workspace.GCSBucket,
    connections: JSON.stringify(more.Connections || []),
    workspace: JSON.stringify({ Workspace: workspace, ConnectionInfo: info, ...more }),
  };
  for (const [name, value] of Object.entries(outputs)) runner.output(name, value || "");
}

async function main() {
  const until = Date.now() + length(runner.input("timeout") || "30m", "timeout");
  const body = wanted();
  const helium = new Helium(runner.input("url"), runner.input("audience"));
  await helium.signIn(Math.min(until, Date.now() + SIGN_IN));
  const name = `${helium.names}${part()}`;
  runner.keep("name", name);
  runner.keep("url", helium.url);
  runner.keep("audience", helium.audience);
  const { GITHUB_RUN_ID: run, GITHUB_RUN_ATTEMPT: attempt } = process.env;
  const key = `${run}-${attempt}-${name}`;
  const made = await helium.call("POST", "/workspace", { body: { ...body, name }, key, until });
  runner.keep("made", "yes");
  runner.group(`Waiting until ${name} is ready; it ends at ${made.Expiry}`);
  const found = await ready(helium, name, until);
  runner.endGroup();
  giveOut(found);
}

main().catch((error) => {
  runner.endGroup();
  runner.error(error instanceof HeliumError ? error.message : `The action failed: ${error.stack}`);
  process.exitCode = 1;
});
