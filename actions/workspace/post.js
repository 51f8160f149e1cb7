// Deletes the workspace of this job, whatever became of the job. If that fails it is a warning: the workspace ends at
// its deadline all the same.
"use strict";

const runner = require("./commands.js");
const { Helium, sleep } = require("./helium.js");

const WITHIN = 120_000;
const SETTLES = 60_000;

async function main() {
  const name = runner.kept("name");
  if (!name) return;
  const until = Date.now() + WITHIN;
  // Where the job was cut off while it asked, what it asked for may come later.
  const settled = runner.kept("made") ? 0 : Date.now() + SETTLES;
  const helium = new Helium(runner.kept("url"), runner.kept("audience"));
  for (let wait = 1000; ; wait *= 2) {
    try {
      await helium.call("DELETE", `/workspace/${name}`, { until });
      runner.say(`${name} will be destroyed by the next pass`);
      return;
    } catch (error) {
      if (error.status !== 404) throw error;
      const left = settled - Date.now();
      if (left <= 0) break;
      await sleep(Math.min(wait, left));
    }
  }
  runner.say(`${name} is not there any more`);
}

main().catch((error) => {
  runner.warning(`${runner.kept("name")} was not deleted; it ends at its deadline. ${error.message}`);
});
