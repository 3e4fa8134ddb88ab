// Talks to @{title} through npm's openai. Run: node chat.mjs

import { pathToFileURL } from "node:url";

import OpenAI from "openai";

export const client = new OpenAI({
  baseURL: "@{base}", // with its /v1
  apiKey: process.env.@{key_variable}, // sent as Authorization: Bearer
});
export const MODEL = "@{model}";

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

// One answer. client.responses is another API, which @{title} does not have: use chat.completions.
export async function ask(question) {
  const answer = await client.chat.completions.create({ model: MODEL, messages: [{ role: "user", content: question }] });
  return answer.choices[0].message.content;
}

// The answer as it comes; the last chunk has no choices and brings the usage.
export async function stream(question, write = (text) => process.stdout.write(text)) {
  const chunks = await client.chat.completions.create({
    model: MODEL,
    messages: [{ role: "user", content: question }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let usage = null;
  for await (const chunk of chunks) {
    write(chunk.choices[0]?.delta.content ?? "");
    usage = chunk.usage ?? usage;
  }
  return usage;
}

// The model asks for the function, your code runs it, the model tells the result.
export async function askWithTool(question) {
  const messages = [{ role: "user", content: question }];
  const first = await client.chat.completions.create({ model: MODEL, messages, tools });
  const message = first.choices[0].message;
  messages.push(message);
  for (const call of message.tool_calls ?? []) {
    const { city } = JSON.parse(call.function.arguments);
    messages.push({ role: "tool", tool_call_id: call.id, content: `${city}: 21 °C, clear` });
  }
  const second = await client.chat.completions.create({ model: MODEL, messages, tools });
  return second.choices[0].message.content;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ask("Count to 5"));
  const usage = await stream("Count to 5");
  console.log(`\n(${usage.total_tokens} tokens)`);
  console.log(await askWithTool("What is the weather in Rome?"));
}
