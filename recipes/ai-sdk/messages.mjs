// Talks to @{title}'s messages endpoint through the AI SDK. Run: node messages.mjs

import { pathToFileURL } from "node:url";

import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText, streamText } from "ai";

const provider = createAnthropic({
  baseURL: "@{base}", // with its /v1, other than in Anthropic's own SDK
  authToken: process.env.@{key_variable}, // sent as Authorization: Bearer; apiKey would send x-api-key
});
const model = provider("@{model}");
const limits = { maxOutputTokens: @{output_tokens} };

// One answer.
export async function ask(prompt) {
  const { text } = await generateText({ model, prompt, ...limits });
  return text;
}

// The answer as it comes.
export async function stream(prompt, write = (text) => process.stdout.write(text)) {
  let failure = null;
  const result = streamText({ model, prompt, ...limits, onError: ({ error }) => (failure = error) });
  for await (const text of result.textStream) write(text);
  if (failure) throw failure;
  return await result.usage;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ask("Count to 5"));
  const usage = await stream("Count to 5");
  console.log(`\n(${usage.totalTokens} tokens)`);
}
