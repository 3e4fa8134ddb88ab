// Runs the rendered programs with the real AI SDK, first as you would, then function by function.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

function run(file) {
  const program = spawnSync(process.execPath, [file], { encoding: "utf8" });
  if (program.status !== 0) {
    console.error(program.stderr);
    process.exit(1);
  }
  assert.match(program.stdout, /[1-9]\d* tokens\)/, "the stream brought no usage");
  console.log(`ok ${file} as it is`);
}

async function check(file) {
  const { ask, stream } = await import(`./${file}`);
  assert.match(await ask("Count to 5"), /5/);
  console.log(`ok ${file} plain`);
  let text = "";
  const usage = await stream("Count to 5", (piece) => (text += piece));
  assert.match(text, /5/);
  assert.ok(usage.outputTokens > 0);
  console.log(`ok ${file} streamed, with usage`);
}

for (const file of ["chat.mjs", "messages.mjs"].filter((name) => existsSync(name))) {
  run(file);
  await check(file);
}
const { askWithTool, extract } = await import("./chat.mjs");
assert.match(await askWithTool("What is the weather in Rome?"), /21 °C/);
console.log("ok tool and its result");
assert.deepEqual(await extract("Ada is 36 years old."), { name: "Ada", age: 36 });
console.log("ok object of a schema");
