// npm's ai with @ai-sdk/openai-compatible against the chat surface: plain, streamed, tools in steps, pictures, objects.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, jsonSchema, stepCountIs, streamObject, streamText, tool } from "ai";

import * as asked from "./asked.mjs";

const settings = { name: "caicaini", baseURL: asked.base, apiKey: asked.key, includeUsage: true };
const caicaini = createOpenAICompatible({ ...settings, supportsStructuredOutputs: true })(asked.model);
const cailag = createOpenAICompatible({ ...settings, name: "cailag", baseURL: asked.cailagBase })("deepseek-chat");
const call = { model: caicaini, maxRetries: 0 };

function weatherTool(cities) {
  return {
    get_weather: tool({
      description: asked.weather.description,
      inputSchema: jsonSchema(asked.weather.schema),
      execute: async ({ city }) => {
        cities.push(city);
        return asked.degrees[city];
      },
    }),
  };
}

for (const [name, model] of [["caicaini", caicaini], ["cailag", cailag]]) {
  test(`${name}: plain`, async () => {
    const answer = await generateText({ ...call, model, prompt: asked.question });
    assert.match(answer.text, /20/);
    assert.equal(answer.finishReason, "stop");
    assert.ok(answer.usage.outputTokens > 0);
  });

  test(`${name}: streamed`, async () => {
    const whole = await generateText({ ...call, model, prompt: asked.question });
    const streamed = streamText({ ...call, model, prompt: asked.question });
    let text = "";
    for await (const part of streamed.textStream) text += part;
    assert.equal(text, whole.text);
    assert.equal((await streamed.usage).outputTokens, whole.usage.outputTokens);
  });
}

test("tools in steps", async () => {
  const cities = [];
  const answer = await generateText({
    ...call,
    prompt: asked.weatherQuestion,
    tools: weatherTool(cities),
    stopWhen: stepCountIs(4),
  });
  assert.deepEqual(cities, ["Paris", "Rome"]);
  assert.equal(answer.steps.length, 2);
  assert.equal(answer.steps[0].toolCalls.length, 2);
  assert.match(answer.text, /12 °C[^]*21 °C/);
});

test("streamed tools in steps", async () => {
  const cities = [];
  const streamed = streamText({
    ...call,
    prompt: asked.weatherQuestion,
    tools: weatherTool(cities),
    stopWhen: stepCountIs(4),
  });
  const kinds = new Map();
  for await (const part of streamed.fullStream) kinds.set(part.type, (kinds.get(part.type) ?? 0) + 1);
  assert.deepEqual(cities, ["Paris", "Rome"]);
  assert.ok(kinds.get("tool-input-delta") > 4);
  assert.equal(kinds.get("tool-result"), 2);
  assert.equal(kinds.get("error"), undefined);
  assert.match(await streamed.text, /12 °C[^]*21 °C/);
});

test("a tool that is required", async () => {
  const answer = await generateText({
    ...call,
    prompt: "What is 2 + 2?",
    tools: weatherTool([]),
    toolChoice: "required",
    stopWhen: stepCountIs(1),
  });
  assert.equal(answer.toolCalls.length, 1);
});

test("an object", async () => {
  const { object } = await generateObject({ ...call, schema: asked.Trip, prompt: asked.tripText });
  assert.deepEqual(object, asked.trip);
});

test("a streamed object", async () => {
  const streamed = streamObject({ ...call, schema: asked.Trip, prompt: asked.tripText });
  let parts = 0;
  for await (const _ of streamed.partialObjectStream) parts += 1;
  assert.ok(parts > 1);
  assert.deepEqual(await streamed.object, asked.trip);
});

test("a picture", async () => {
  const content = [
    { type: "image", image: Buffer.from(asked.png, "base64"), mediaType: "image/png" },
    { type: "text", text: asked.pictureQuestion },
  ];
  const answer = await generateText({ ...call, messages: [{ role: "user", content }] });
  assert.match(answer.text, /2 × 1/);
});

test("errors keep their status", async () => {
  const wrong = createOpenAICompatible({ ...settings, apiKey: "cai_api_wrong" })(asked.model);
  const failed = generateText({ ...call, model: wrong, prompt: "Hello" });
  await assert.rejects(failed, (error) => error.statusCode === 401);
});
