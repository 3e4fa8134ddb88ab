// Runs the rendered link.mjs, reads its link back and chats with that provider in Cherry Studio's own ai-core.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { createExecutor } from "@cherrystudio/ai-core";
import { stepCountIs, tool } from "ai";
import { z } from "zod";

const TYPES = { openai: "openai-compatible" }; // what the app makes of a type

const made = spawnSync(process.execPath, ["link.mjs"], { encoding: "utf8" });
assert.equal(made.status, 0, made.stderr);
const data = new URL(made.stdout.trim()).searchParams.get("data");
const provider = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
console.log("ok the link holds the provider");

const model = process.env.RECIPE_MODEL; // chosen in the app, from its list
const executor = await createExecutor(TYPES[provider.type], {
  name: provider.id,
  baseURL: provider.baseUrl,
  apiKey: provider.apiKey,
  includeUsage: true,
});
const { text } = await executor.generateText({ model, prompt: "Count to 5" });
assert.match(text, /5/);
console.log("ok plain");

let failure = null;
const stream = await executor.streamText({ model, prompt: "Count to 5", onError: ({ error }) => (failure = error) });
let streamed = "";
for await (const piece of stream.textStream) streamed += piece;
if (failure) throw failure;
assert.match(streamed, /5/);
assert.ok((await stream.usage).outputTokens > 0);
console.log("ok streamed with usage");

const tools = {
  get_weather: tool({
    description: "Current weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `${city}: 21 °C, clear`,
  }),
};
const prompt = "What is the weather in Rome?";
const answer = await executor.generateText({ model, prompt, tools, stopWhen: stepCountIs(5) });
assert.match(answer.text, /21 °C/);
console.log("ok tool and its result");
