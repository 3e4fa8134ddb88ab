// Runs the rendered chat.mjs in npm's real @anthropic-ai/sdk, first as you would, then function by function.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

const program = spawnSync(process.execPath, ["chat.mjs"], { encoding: "utf8" });
if (program.status !== 0) {
  console.error(program.stderr);
  process.exit(1);
}
assert.match(program.stdout, /\d+ credits\)/, "the stream brought no credits");
console.log("ok the program as it is");

const { MODEL, ask, askWithTool, client, stream } = await import("./chat.mjs");
assert.match(await ask("Count to 5"), /5/);
console.log("ok plain");
let text = "";
const usage = await stream("Count to 5", (piece) => (text += piece));
assert.match(text, /5/);
assert.ok(usage.output_tokens > 0 && usage.credits_consumed > 0);
console.log("ok streamed, with usage and credits");
assert.match(await askWithTool("What is the weather in Rome?"), /21 °C/);
console.log("ok tool and its result");
const messages = [{ role: "user", content: "Count to 5" }];
const counted = await client.messages.countTokens({ model: MODEL, messages });
assert.ok(counted.input_tokens > 0);
console.log("ok tokens counted ahead");
const ids = [];
for await (const model of client.models.list()) ids.push(model.id);
assert.ok(ids.includes(MODEL), "the model is not listed");
console.log("ok models listed");
