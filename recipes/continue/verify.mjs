// Checks the rendered files with Continue's own schema, then runs its command line, cn, with each of them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { configYamlSchema } from "@continuedev/config-yaml";
import { parse } from "yaml";

// Told to wait, cn tries ten times within two minutes and says so in its log only.
const LOG = join(homedir(), ".continue", "logs", "cn.log");
const PATIENCE = 60_000;

function ask(file, question) {
  const words = ["--verbose", "-p", question, "--config", file];
  const done = spawnSync("node_modules/.bin/cn", words, { encoding: "utf8", timeout: PATIENCE });
  if (done.error || done.status !== 0) {
    const retries = readFileSync(LOG, "utf8").split("\n").filter((line) => line.includes("Retry attempt"));
    console.error(`${done.stdout}${done.stderr}${retries.at(-1) ?? ""}`);
    process.exit(1);
  }
  return done.stdout;
}

// The key is where the page says, and nowhere else.
const variable = `${process.env.RECIPE_PROVIDER.toUpperCase()}_API_KEY`;
mkdirSync(join(homedir(), ".continue"));
writeFileSync(join(homedir(), ".continue", ".env"), `${variable}=${process.env[variable]}\n`, { mode: 0o600 });
delete process.env[variable];

writeFileSync("notes.txt", "The harbour opens at nine.\n");
for (const file of ["config.yaml", "messages.yaml"].filter((name) => existsSync(name))) {
  const read = configYamlSchema.safeParse(parse(readFileSync(file, "utf8")));
  assert.ok(read.success, `Continue refuses ${file}: ${read.error}`);
  console.log(`ok ${file} fits Continue's schema`);
  assert.match(ask(file, "Count to 5"), /1.*2.*3.*4.*5/s);
  console.log(`ok ${file} answers, streamed`);
  assert.match(ask(file, "Read the file notes.txt"), /harbour opens at nine/);
  console.log(`ok ${file} uses Continue's tools`);
}
