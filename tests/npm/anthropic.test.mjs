// npm's @anthropic-ai/sdk against the messages surface: plain, streamed, tools, pictures, thinking, parse, toolRunner.

import assert from "node:assert/strict";
import { test } from "node:test";

import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";

import * as asked from "./asked.mjs";

const client = new Anthropic({ baseURL: asked.base.replace(/\/v1$/, ""), authToken: asked.key, maxRetries: 0 });
const ask = (content) => [{ role: "user", content }];
const call = { model: asked.model, max_tokens: 400 };
const { schema, ...named } = asked.weather;
const weatherCall = { ...call, messages: ask(asked.weatherQuestion), tools: [{ ...named, input_schema: schema }] };
const both = [{ city: "Paris" }, { city: "Rome" }];
const inputs = (message) => message.content.filter((block) => block.type === "tool_use").map((block) => block.input);

test("plain", async () => {
  const answer = await client.messages.create({ ...call, messages: ask(asked.question) });
  assert.match(answer.content[0].text, /20/);
  assert.equal(answer.stop_reason, "end_turn");
  assert.ok(answer.usage.credits_consumed > 0);
});

test("streamed", async () => {
  const whole = await client.messages.create({ ...call, messages: ask(asked.question) });
  const stream = client.messages.stream({ ...call, messages: ask(asked.question) });
  let text = "";
  stream.on("text", (part) => (text += part));
  const final = await stream.finalMessage();
  assert.equal(text, whole.content[0].text);
  assert.equal(final.usage.output_tokens, whole.usage.output_tokens);
});

test("parallel tools and their results", async () => {
  const first = await client.messages.create(weatherCall);
  assert.equal(first.stop_reason, "tool_use");
  assert.deepEqual(inputs(first), both);
  const results = first.content.map((block) => ({
    type: "tool_result",
    tool_use_id: block.id,
    content: asked.degrees[block.input.city],
  }));
  const second = await client.messages.create({
    ...weatherCall,
    messages: [...weatherCall.messages, { role: "assistant", content: first.content }, ...ask(results)],
  });
  assert.match(second.content[0].text, /12 °C[^]*21 °C/);
});

test("one call where parallel ones are not wanted", async () => {
  const answer = await client.messages.create({
    ...weatherCall,
    tool_choice: { type: "any", disable_parallel_tool_use: true },
  });
  assert.deepEqual(inputs(answer), [{ city: "Paris" }]);
});

test("streamed tools through the helper", async () => {
  const stream = client.messages.stream(weatherCall);
  let parts = 0;
  stream.on("inputJson", () => (parts += 1));
  const final = await stream.finalMessage();
  assert.ok(parts > 4);
  assert.deepEqual(inputs(final), both);
});

// The tool runner leaves the history to the server unless `thread: false`; the contract knows no threads.
for (const stream of [false, true]) {
  test(`toolRunner, ${stream ? "streamed" : "plain"}`, async () => {
    const cities = [];
    const tool = betaTool({
      ...named,
      inputSchema: schema,
      run: ({ city }) => {
        cities.push(city);
        return asked.degrees[city];
      },
    });
    const runner = client.beta.messages.toolRunner({
      ...call,
      messages: ask(asked.weatherQuestion),
      tools: [tool],
      thread: false,
      stream,
    });
    const final = await runner.runUntilDone();
    assert.match(final.content[0].text, /12 °C[^]*21 °C/);
    assert.deepEqual(cities, ["Paris", "Rome"]);
  });
}

test("thinking comes first and streams apart from the text", async () => {
  const stream = client.messages.stream({
    ...call,
    messages: ask("What is 17 * 23?"),
    thinking: { type: "enabled", budget_tokens: 200 },
  });
  let thought = "";
  stream.on("thinking", (part) => (thought += part));
  const final = await stream.finalMessage();
  assert.deepEqual(final.content.map((block) => block.type), ["thinking", "text"]);
  assert.equal(thought, final.content[0].thinking);
  assert.match(final.content[1].text, /391/);
});

test("structured output", async () => {
  const answer = await client.messages.parse({
    ...call,
    messages: ask(asked.tripText),
    output_config: { format: zodOutputFormat(asked.Trip) },
  });
  assert.deepEqual(answer.parsed_output, asked.trip);
});

test("a picture", async () => {
  const content = [
    { type: "image", source: { type: "base64", media_type: "image/png", data: asked.png } },
    { type: "text", text: asked.pictureQuestion },
  ];
  const answer = await client.messages.create({ ...call, messages: ask(content) });
  assert.match(answer.content[0].text, /2 × 1/);
});

test("tokens are counted and models listed", async () => {
  const counted = await client.messages.countTokens({ model: asked.model, messages: ask(asked.question) });
  const answer = await client.messages.create({ ...call, messages: ask(asked.question) });
  assert.equal(counted.input_tokens, answer.usage.input_tokens);
  const models = await client.models.list();
  assert.equal(models.data.length, 5);
});

test("errors are typed", async () => {
  const wrong = client.withOptions({ authToken: "cai_api_wrong" });
  await assert.rejects(wrong.messages.create({ ...call, messages: ask("Hello") }), Anthropic.AuthenticationError);
  const nothing = { ...call, max_tokens: 0, messages: ask("Hello") };
  await assert.rejects(client.messages.create(nothing), Anthropic.BadRequestError);
});
