// Gives the rendered settings to @langchain/openai as the plugin's own provider does, of the version the plugin has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";

const text = readFileSync("settings.json", "utf8").replace(/\$\{(\w+)\}/, (_, name) => process.env[name]);
const settings = JSON.parse(text);
const options = settings.LLMProviderOptions[settings.selectedProvider];
const baseURL = options.basePath.replace(/\/$/, "");
const client = {
  baseURL,
  basePath: baseURL,
  dangerouslyAllowBrowser: true,
  defaultHeaders: { "X-Title": "obsidian-text-generator" },
};

async function generate(question, streaming) {
  const model = new ChatOpenAI(
    {
      openAIApiKey: options.api_key,
      modelName: options.model,
      maxTokens: settings.max_tokens,
      temperature: settings.temperature,
      frequencyPenalty: settings.frequency_penalty,
      presencePenalty: 0,
      n: 1,
      streaming,
      maxRetries: 3,
      clientOptions: client,
    },
    client,
  );
  let streamed = "";
  const callbacks = [{ handleLLMNewToken: (token) => void (streamed += token) }];
  const answer = await model.invoke([new HumanMessage(question)], { callbacks });
  return streaming ? streamed : answer.content;
}

assert.match(await generate("Count to 5", false), /5/);
console.log("ok plain");
assert.match(await generate("Count to 5", settings.stream), /5/);
console.log("ok streamed");
