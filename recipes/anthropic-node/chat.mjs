// Talks to @{title} through npm's @anthropic-ai/sdk. Run: node chat.mjs

import { pathToFileURL } from "node:url";

import Anthropic from "@anthropic-ai/sdk";

export const client = new Anthropic({
  baseURL: "@{host}", // without /v1: the SDK adds it
  authToken: process.env.@{key_variable}, // sent as Authorization: Bearer
});
export const MODEL = "@{model}";
const request = { model: MODEL, max_tokens: 1024 };

const tools = [
  {
    name: "get_weather",
    description: "Current weather of a city",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];

function text(message) {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

// One answer.
export async function ask(question) {
  return text(await client.messages.create({ ...request, messages: [{ role: "user", content: question }] }));
}

// The answer as it comes. message_delta brings the usage; credits_consumed there is what was deducted, and only there:
// finalMessage() of the SDK's own messages.stream keeps the fields that Anthropic has.
export async function stream(question, write = (piece) => process.stdout.write(piece)) {
  const messages = [{ role: "user", content: question }];
  let usage = null;
  for await (const event of await client.messages.create({ ...request, messages, stream: true })) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") write(event.delta.text);
    if (event.type === "message_delta") usage = event.usage;
  }
  return usage;
}

// The model asks for the function, your code runs it, the model tells the result.
export async function askWithTool(question) {
  const messages = [{ role: "user", content: question }];
  const first = await client.messages.create({ ...request, messages, tools });
  const results = first.content
    .filter((block) => block.type === "tool_use")
    .map(({ id, input }) => ({ type: "tool_result", tool_use_id: id, content: `${input.city}: 21 °C, clear` }));
  messages.push({ role: "assistant", content: first.content }, { role: "user", content: results });
  return text(await client.messages.create({ ...request, messages, tools }));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ask("Count to 5"));
  const usage = await stream("Count to 5");
  console.log(`\n(${usage.output_tokens} tokens out, ${usage.credits_consumed} credits)`);
  console.log(await askWithTool("What is the weather in Rome?"));
}
