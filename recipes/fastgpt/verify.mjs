// Puts the key into the rendered model.json, as you do, and calls npm's openai with it as FastGPT's own code does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import OpenAI from "openai";

const text = readFileSync("model.json", "utf8").replace(/\$\{(\w+)\}/g, (_, name) => process.env[name]);
const [{ model, metadata }] = JSON.parse(text);
assert.equal(metadata.model, model, "both names of the model are the same in FastGPT");
console.log("ok the file is one that FastGPT imports");

// The client is made for the AI Proxy; the model's own address and key take the place of its.
const client = new OpenAI({ baseURL: "http://aiproxy.invalid/v1", apiKey: "of-the-ai-proxy", maxRetries: 2 });
const instead = { path: metadata.requestUrl, headers: { Authorization: `Bearer ${metadata.requestAuth}` } };
const tools = [
  {
    type: "function",
    function: {
      name: "get_weather",
      description: "Current weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];

function ask(content, options) {
  const body = { model, temperature: 0, max_tokens: 512, messages: [{ role: "user", content }], ...options };
  return client.chat.completions.create(body, instead);
}

const plain = await ask("Count to 5");
assert.match(plain.choices[0].message.content, /5/);
console.log("ok plain");
let streamed = "";
let usage = null;
for await (const chunk of await ask("Count to 5", { stream: true, stream_options: { include_usage: true } })) {
  streamed += chunk.choices[0]?.delta.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.match(streamed, /5/);
assert.ok(usage.completion_tokens > 0);
console.log("ok streamed with usage");
const called = await ask("What is the weather in Rome?", { tools, tool_choice: "auto" });
assert.equal(called.choices[0].message.tool_calls[0].function.name, "get_weather");
console.log("ok calls a tool");
