// Checks the types of the rendered files strictly, then runs what came out: the program, the client, the route.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

import typescript from "typescript";

const fault = process.env.RECIPE_FAULT ?? "";
const run = (program, ...words) => {
  const done = spawnSync(program, words, { encoding: "utf8" });
  if (done.status !== 0) {
    console.error(done.stdout + done.stderr);
    process.exit(1);
  }
  return done.stdout;
};

writeFileSync("package.json", '{"type": "module"}');
for (const name of ["client", "route", "server", "main"]) {
  const compilerOptions = { target: typescript.ScriptTarget.ES2022, module: typescript.ModuleKind.ES2022 };
  writeFileSync(`${name}.js`, typescript.transpileModule(readFileSync(`${name}.ts`, "utf8"), { compilerOptions }).outputText);
}
if (!fault) {
  assert.match(run(process.execPath, "main.js"), /5/);
  console.log("ok the program as it is");
}

const { ApiError, Client, TruncatedStreamError } = await import("./client.js");
const { server } = await import("./server.js");
const key = process.env.CAICAINI_API_KEY ?? process.env.CAILAG_API_KEY;
const direct = new Client(process.env.RECIPE_BASE, process.env.RECIPE_MODEL, key);
const ask = (content) => [{ role: "user", content }];
const question = "Translate to Chinese: Count to 5 with 茶 and ☕ and 🫖";
const read = async (client, content = question) => {
  let text = "";
  for await (const piece of client.stream(ask(content))) text += piece;
  return text;
};
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const own = `http://127.0.0.1:${server.address().port}/api`;
const through = new Client(own, "chosen by the route");

if (fault === "early_end") {
  for (const client of [direct, through]) await assert.rejects(read(client, "Count to 20"), TruncatedStreamError);
  console.log("ok a stream that is cut off is an error");
} else if (fault === "split_utf8") {
  const whole = (await direct.send(ask(question))).text;
  assert.equal(await read(direct), whole);
  assert.equal(await read(through), whole);
  console.log("ok characters cut in two are put together");
} else {
  const reply = await direct.send(ask("Count to 5"));
  assert.match(reply.text, /5/);
  assert.ok(reply.usage.completion_tokens > 0);
  assert.equal(await read(direct, "Count to 5"), reply.text);
  console.log("ok client: send, stream");
  assert.ok(!JSON.stringify(direct).includes(key) && !(await import("node:util")).inspect(direct, { showHidden: true }).includes(key));
  console.log("ok the key does not show");
  assert.equal((await through.send(ask("Count to 5"))).text, reply.text);
  assert.equal(await read(through, "Count to 5"), reply.text);
  assert.ok(!["client.js", "route.js", "server.js"].some((name) => readFileSync(name, "utf8").includes(key)));
  console.log("ok route: send, stream, no key in the browser");
  await route();
  await everySplit();
  run("tsc", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--noUncheckedIndexedAccess", "main.ts", "server.ts");
  console.log("ok types, strict");
}
server.close();
server.closeAllConnections();

async function route() {
  const post = (body, headers = {}) => fetch(`${own}/chat/completions`, { method: "POST", body, headers });
  assert.equal((await post("{")).status, 400);
  assert.equal((await post("{}")).status, 400);
  assert.equal((await post(JSON.stringify({ messages: ask("x".repeat(150_000)) }))).status, 413);
  assert.equal((await post(JSON.stringify({ messages: ask("hi") }), { origin: "https://example.org" })).status, 403);
  assert.equal((await post(JSON.stringify({ messages: "hi" }))).status, 400);
  console.log("ok route: refuses what is not its own");
  const wrong = new Client(process.env.RECIPE_BASE, process.env.RECIPE_MODEL, "cai_api_wrong");
  await assert.rejects(wrong.send(ask("hi")), (error) => error instanceof ApiError && error.status === 401);
  console.log("ok errors are typed");
}

// A stream with three-byte and four-byte characters, CR LF and a comment, cut at every byte.
async function everySplit() {
  const chunk = (content) => JSON.stringify({ choices: [{ delta: { content } }] });
  const wire = `: hello\r\n\r\ndata: ${chunk("茶 ☕ 🫖\u2028")}\r\n\r\ndata:${chunk(" end")}\n\ndata: [DONE]\n\n`;
  const bytes = new TextEncoder().encode(wire);
  const real = globalThis.fetch;
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    globalThis.fetch = async () => new Response(new Blob([]).stream().constructor.from([bytes.slice(0, cut), bytes.slice(cut)]));
    assert.equal(await read(direct), "茶 ☕ 🫖\u2028 end", `cut at byte ${cut}`);
  }
  for (let end = 0; end < bytes.length - 2; end += 1) {
    globalThis.fetch = async () => new Response(bytes.slice(0, end));
    await assert.rejects(read(direct), TruncatedStreamError, `ended at byte ${end}`);
  }
  globalThis.fetch = real;
  console.log(`ok every split and every early end of ${bytes.length} bytes`);
}
