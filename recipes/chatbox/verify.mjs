// Checks the rendered provider.json against what ChatBox imports, then calls as its custom provider does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { extractReasoningMiddleware, stepCountIs, streamText, tool, wrapLanguageModel } from "ai";
import { z } from "zod";

const Imported = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: z.enum(["openai", "openai-responses", "anthropic"]),
  settings: z.strictObject({
    apiHost: z.url(),
    apiPath: z.string().startsWith("/"),
    apiKey: z.string().min(1),
    models: z.array(
      z.strictObject({
        modelId: z.string(),
        nickname: z.string(),
        type: z.enum(["chat", "embedding", "rerank"]),
        capabilities: z.array(z.enum(["vision", "reasoning", "tool_use"])),
        contextWindow: z.int().positive(),
      }),
    ),
  }),
});
const text = readFileSync("provider.json", "utf8").replace(/\$\{(\w+)\}/, (_, variable) => process.env[variable]);
const { name, type, settings } = Imported.parse(JSON.parse(text));
assert.equal(type, "openai");
const [{ modelId }] = settings.models;
console.log("ok the file is one that ChatBox imports");

const provider = createOpenAICompatible({
  name,
  apiKey: settings.apiKey,
  baseURL: settings.apiHost,
  fetch: (_, options) => fetch(`${settings.apiHost}${settings.apiPath}`, options), // the path is the file's own
});
const model = wrapLanguageModel({
  model: provider.languageModel(modelId),
  middleware: extractReasoningMiddleware({ tagName: "think" }),
});

async function answer(prompt, options) {
  let failure = null;
  const messages = [{ role: "user", content: prompt }];
  const result = streamText({ model, messages, ...options, maxRetries: 0, onError: ({ error }) => (failure = error) });
  let text = "";
  for await (const piece of result.textStream) text += piece;
  if (failure) throw failure;
  return text;
}

assert.match(await answer("Count to 5"), /5/);
console.log("ok streamed");
const tools = {
  get_weather: tool({
    description: "Current weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `${city}: 21 °C, clear`,
  }),
};
assert.match(await answer("What is the weather in Rome?", { tools, stopWhen: stepCountIs(5) }), /21 °C/);
console.log("ok tool and its result");
const listed = await fetch(`${settings.apiHost}/models`, {
  headers: { Authorization: `Bearer ${settings.apiKey}` },
});
const { data } = await listed.json();
assert.ok(data.some(({ id }) => id === modelId), "the model is not listed");
console.log("ok models listed");
