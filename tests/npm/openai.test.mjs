// npm's openai against Caicaini's chat surface and cailag: plain, streamed, tools, pictures, structured output, runTools.

import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";

import * as asked from "./asked.mjs";

const client = new OpenAI({ baseURL: asked.base, apiKey: asked.key, maxRetries: 0 });
const cailag = new OpenAI({ baseURL: asked.cailagBase, apiKey: asked.key, maxRetries: 0 });
const ask = (content) => [{ role: "user", content }];
const tool = {
  type: "function",
  function: { name: asked.weather.name, description: asked.weather.description, parameters: asked.weather.schema },
};
const weatherCall = { model: asked.model, messages: ask(asked.weatherQuestion), tools: [tool] };
const both = [{ city: "Paris" }, { city: "Rome" }];

for (const [name, sdk, model] of [["caicaini", client, asked.model], ["cailag", cailag, "deepseek-chat"]]) {
  test(`${name}: plain`, async () => {
    const answer = await sdk.chat.completions.create({ model, messages: ask(asked.question) });
    assert.match(answer.choices[0].message.content, /20/);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.ok(answer.usage.completion_tokens > 0);
  });

  test(`${name}: streamed`, async () => {
    const whole = await sdk.chat.completions.create({ model, messages: ask(asked.question) });
    const stream = await sdk.chat.completions.create({
      model,
      messages: ask(asked.question),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(usage.completion_tokens, whole.usage.completion_tokens);
  });
}

test("parallel tools and their results", async () => {
  const first = await client.chat.completions.create(weatherCall);
  const message = first.choices[0].message;
  assert.equal(first.choices[0].finish_reason, "tool_calls");
  assert.deepEqual(message.tool_calls.map((call) => JSON.parse(call.function.arguments)), both);
  const results = message.tool_calls.map((call) => ({
    role: "tool",
    tool_call_id: call.id,
    content: asked.degrees[JSON.parse(call.function.arguments).city],
  }));
  const second = await client.chat.completions.create({
    ...weatherCall,
    messages: [...weatherCall.messages, message, ...results],
  });
  assert.match(second.choices[0].message.content, /12 °C[^]*21 °C/);
});

test("one call where parallel ones are not wanted", async () => {
  const answer = await client.chat.completions.create({ ...weatherCall, parallel_tool_calls: false });
  assert.equal(answer.choices[0].message.tool_calls.length, 1);
});

test("a tool that is required, and none", async () => {
  const small = { ...weatherCall, messages: ask("What is 2 + 2?") };
  const required = await client.chat.completions.create({ ...small, tool_choice: "required" });
  assert.equal(required.choices[0].message.tool_calls.length, 1);
  const none = await client.chat.completions.create({ ...weatherCall, tool_choice: "none" });
  assert.equal(none.choices[0].message.tool_calls, undefined);
});

test("streamed tools through the helper", async () => {
  const stream = client.chat.completions.stream(weatherCall);
  let parts = 0;
  stream.on("tool_calls.function.arguments.delta", () => (parts += 1));
  const final = await stream.finalChatCompletion();
  assert.ok(parts > 4);
  assert.deepEqual(final.choices[0].message.tool_calls.map((call) => JSON.parse(call.function.arguments)), both);
});

for (const stream of [false, true]) {
  test(`runTools, ${stream ? "streamed" : "plain"}`, async () => {
    const cities = [];
    const runner = client.chat.completions.runTools({
      model: asked.model,
      messages: ask(asked.weatherQuestion),
      stream,
      tools: [
        {
          type: "function",
          function: {
            ...tool.function,
            parse: JSON.parse,
            function: ({ city }) => {
              cities.push(city);
              return asked.degrees[city];
            },
          },
        },
      ],
    });
    assert.match(await runner.finalContent(), /12 °C[^]*21 °C/);
    assert.deepEqual(cities, ["Paris", "Rome"]);
  });
}

test("structured output", async () => {
  const answer = await client.chat.completions.parse({
    model: asked.model,
    messages: ask(asked.tripText),
    response_format: zodResponseFormat(asked.Trip, "trip"),
  });
  assert.deepEqual(answer.choices[0].message.parsed, asked.trip);
});

test("a JSON object", async () => {
  const answer = await client.chat.completions.create({
    model: asked.model,
    messages: ask(`As JSON with the keys name and nights. ${asked.tripText}`),
    response_format: { type: "json_object" },
  });
  assert.deepEqual(Object.keys(JSON.parse(answer.choices[0].message.content)), ["name", "nights"]);
});

test("a picture", async () => {
  const content = [
    { type: "image_url", image_url: { url: `data:image/png;base64,${asked.png}` } },
    { type: "text", text: asked.pictureQuestion },
  ];
  const answer = await client.chat.completions.create({ model: asked.model, messages: ask(content) });
  assert.match(answer.choices[0].message.content, /2 × 1/);
});

test("errors are typed", async () => {
  const wrong = new OpenAI({ baseURL: asked.base, apiKey: "cai_api_wrong", maxRetries: 0 });
  const call = { model: asked.model, messages: ask("Hello") };
  await assert.rejects(wrong.chat.completions.create(call), OpenAI.AuthenticationError);
  await assert.rejects(client.chat.completions.create({ ...call, model: "gpt-4o" }), OpenAI.BadRequestError);
  await assert.rejects(cailag.chat.completions.create({ ...call, model: "gpt-4o" }), OpenAI.NotFoundError);
});
