// Loads the rendered lobe-chat.env as Next.js does, then lets Lobe Chat's own server code read it, list models and chat.

import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";

import environment from "@next/env";

import { bundle } from "./bundle.mjs";

renameSync("lobe-chat.env", ".env");
environment.loadEnvConfig(process.cwd(), false, { info() {}, error: console.error });
await bundle(
  `export { initModelRuntimeWithUserPayload } from "@/server/modules/ModelRuntime";
   export { getServerDefaultAgentConfig, getServerGlobalConfig } from "@/server/globalConfig";`,
  "server.mjs",
);
const server = await import(join(process.cwd(), "server.mjs"));

const tool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Current weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

async function chat(content, options) {
  const messages = [{ role: "user", content }];
  const answer = await runtime.chat({ model: listed.id, messages, temperature: 1, ...options });
  return await answer.text();
}

const { aiProvider, systemAgent } = await server.getServerGlobalConfig();
const [listed, ...others] = aiProvider.openai.serverModelLists.filter(({ enabled }) => enabled);
assert.deepEqual(others, [], "more models are listed than the file says");
assert.ok(listed.contextWindowTokens > 0 && listed.abilities.functionCall);
assert.equal(server.getServerDefaultAgentConfig().model, listed.id);
assert.equal(systemAgent.topic.model, listed.id);
console.log("ok its server reads the file");

const runtime = await server.initModelRuntimeWithUserPayload("openai", {});
try {
  const streamed = await chat("Count to 5", { stream: true });
  assert.match(streamed, /event: text\ndata: "5"/);
  assert.match(streamed, /event: usage\ndata: {.*"totalOutputTokens":[1-9]/);
  console.log("ok streamed with usage");
  const plain = JSON.parse(await chat("Count to 5", { stream: false, responseMode: "json" }));
  assert.match(plain.choices[0].message.content, /5/);
  console.log("ok plain");
  assert.match(await chat("What is the weather in Rome?", { stream: true, tools: [tool] }), /event: tool_calls/);
  console.log("ok calls a tool");
  const models = await runtime.models();
  assert.ok(models.some(({ id }) => id === listed.id), `${listed.id} is not listed`);
  console.log("ok models listed");
} catch (error) {
  console.error(error.message ? error : JSON.stringify(error, null, 1));
  process.exit(1);
}
