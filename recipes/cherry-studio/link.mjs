// Prints the link that adds @{title} to Cherry Studio, with your key in it. Run: node link.mjs

const key = process.env.@{key_variable};
if (!key) throw new Error("@{key_variable} is not set: export it first.");

const provider = {
  id: "@{provider}",
  name: "@{title}",
  type: "openai", // chat completions; openai-response is another API, which @{title} does not have
  baseUrl: "@{base}", // with its /v1
  apiKey: key, // sent as Authorization: Bearer
};
const data = Buffer.from(JSON.stringify(provider)).toString("base64");
console.log(`cherrystudio://providers/api-keys?v=1&data=${encodeURIComponent(data)}`);
