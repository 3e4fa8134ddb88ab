// Serves route.ts at /api/chat/completions with Node.js alone. Run: node server.js, then new Client("/api", "any")

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { POST } from "./route.js";

const LARGEST = 200_000; // bytes of a request; route.ts says it in words below that

export const server = createServer(async (incoming, outgoing) => {
  const left = new AbortController();
  outgoing.on("close", () => left.abort());
  try {
    if (incoming.method !== "POST" || incoming.url !== "/api/chat/completions") {
      outgoing.writeHead(404).end();
      return;
    }
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of incoming) {
      size += piece.length;
      if (size > LARGEST) {
        outgoing.writeHead(413).end();
        return;
      }
      pieces.push(piece);
    }
    const headers = new Headers({ host: incoming.headers.host ?? "" });
    if (incoming.headers.origin) headers.set("origin", incoming.headers.origin);
    const url = "http://" + (incoming.headers.host ?? "localhost") + incoming.url;
    const answer = await POST(new Request(url, { method: "POST", headers, body: Buffer.concat(pieces), signal: left.signal }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body) await pipeline(Readable.fromWeb(answer.body as any), outgoing);
    else outgoing.end();
  } catch (error) {
    // a broken answer breaks off here too, so that the browser does not take it for a whole one
    if (!outgoing.headersSent) outgoing.writeHead(502).end();
    else outgoing.destroy();
    if (!left.signal.aborted) console.error("The call failed:", (error as Error).message);
  }
});

if (process.argv[1]?.endsWith("server.js")) {
  server.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => console.log("http://127.0.0.1:8787/api"));
}
