// Talks to @{title} through the AI SDK. Run: node chat.mjs

import { pathToFileURL } from "node:url";

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

// Not createOpenAI: what it makes calls the Responses API, which @{title} does not have.
const provider = createOpenAICompatible({
  name: "@{provider}",
  baseURL: "@{base}", // with its /v1
  apiKey: process.env.@{key_variable}, // sent as Authorization: Bearer
  includeUsage: true, // without it a stream brings no tokens
});
export const model = provider("@{model}");

const tools = {
  get_weather: tool({
    description: "Current weather of a city",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `${city}: 21 °C, clear`,
  }),
};

// One answer.
export async function ask(prompt) {
  const { text } = await generateText({ model, prompt });
  return text;
}

// The answer as it comes; an error in it ends the stream quietly unless you take it from onError.
export async function stream(prompt, write = (text) => process.stdout.write(text)) {
  let failure = null;
  const result = streamText({ model, prompt, onError: ({ error }) => (failure = error) });
  for await (const text of result.textStream) write(text);
  if (failure) throw failure;
  return await result.usage;
}

// The model asks for the tool, the SDK runs it and sends the result, the model answers.
export async function askWithTool(prompt) {
  const { text } = await generateText({ model, tools, prompt, stopWhen: stepCountIs(5) });
  return text;
}

// JSON of a shape of yours: the SDK checks it, the model is told of it in words. The SDK warns of just that.
export async function extract(prompt) {
  const schema = z.object({ name: z.string(), age: z.number() });
  const system = `Answer with JSON of this schema only: ${JSON.stringify(z.toJSONSchema(schema))}`;
  const { output } = await generateText({ model, system, prompt, output: Output.object({ schema }) });
  return output;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ask("Count to 5"));
  const usage = await stream("Count to 5");
  console.log(`\n(${usage.totalTokens} tokens)`);
  console.log(await askWithTool("What is the weather in Rome?"));
  console.log(await extract("Ada is 36 years old."));
}
