// Gives the rendered platform to AionUI's own agent core, as the app does, and holds a conversation with it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { AuthType, Config } from "@office-ai/aioncli-core";

const text = readFileSync("platform.json", "utf8").replace(/\$\{(\w+)\}/g, (_, name) => process.env[name]);
const { baseUrl, apiKey, model } = JSON.parse(text);
process.env.OPENAI_BASE_URL = baseUrl; // what the app makes of a custom platform
process.env.OPENAI_API_KEY = apiKey;

const folder = process.cwd();
const config = new Config({
  sessionId: "verify",
  model: model[0],
  targetDir: folder,
  cwd: folder,
  debugMode: false,
  interactive: false,
  usageStatisticsEnabled: false,
  telemetry: { enabled: false },
  useRipgrep: false, // or it fetches that program
});
await config.initialize();
await config.refreshAuth(AuthType.USE_OPENAI);
const client = config.getGeminiClient();

async function say(words, turn) {
  let answer = "";
  let pieces = 0;
  for await (const event of client.sendMessageStream([{ text: words }], new AbortController().signal, turn)) {
    if (event.type === "error") {
      console.error(event.value.error.message);
      process.exit(1);
    }
    if (event.type === "content") [answer, pieces] = [answer + event.value, pieces + 1];
  }
  return { answer, pieces };
}

const { answer, pieces } = await say("Count to 5", "first");
assert.match(answer, /5/);
assert.ok(pieces > 1, "the answer came in one piece");
console.log("ok streamed");
await say("My name is Ada.", "second");
assert.match((await say("What is my name?", "third")).answer, /Ada/);
console.log("ok remembers the conversation");
process.exit(0); // its own timers would keep it
