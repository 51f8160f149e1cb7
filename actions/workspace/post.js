// Deletes the workspace of this job, whatever became of the job. If that fails it is a warning: the workspace ends at
// its deadline all the same.
"use strict";

const runner = require("./commands.js");
const { Helium, sleep } = require("./helium.js");

const WITHIN = 120_000;
const SETTLES = 5_000;

async function main() {
  const name = runner.kept("name");
  if (!name) return;
  const until = Date.now() + WITHIN;
  const helium = new Helium(runner.kept("url"), runner.kept("audience"));
  for (let again = !runner.kept("made"); ; again = false) {
    try {
      await helium.call("DELETE", `/workspace/${name}`, { until });
      runner.say(`${name} will be destroyed by the next pass`);
      return;
    } catch (error) {
      if (error.status !== 404) throw error;
      // Where the job was cut off while it asked, what it asked for may come a moment later.
      if (!again) break;
      await sleep(SETTLES);
    }
  }
  runner.say(`${name} is not there any more`);
}

main().catch((error) => {
  runner.warning(`${runner.kept("name")} was not deleted; it ends at its deadline. ${error.message}`);
});
