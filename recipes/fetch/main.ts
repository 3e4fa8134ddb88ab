// Talks to @{title} through client.ts. Run: npx tsx main.ts, or compile it with tsc

import { Client } from "./client.js";

const client = new Client(
  "@{base}", // with its /v1
  "@{model}",
  process.env.@{key_variable}, // on a server only: never ship a key to a browser
);

const reply = await client.send([{ role: "user", content: "Count to 5" }]);
console.log(reply.text, reply.usage);

for await (const piece of client.stream([{ role: "user", content: "Count to 5" }])) {
  process.stdout.write(piece);
}
console.log();
