// The route between a browser and @{title}: the key stays here. A browser sends `messages`, and nothing else counts.
// It takes a web Request and gives a web Response: as `POST` it is a route of Next.js, Hono, Deno or Bun as it stands.

const BASE = "@{base}";
const MODEL = "@{model}";
const MAX_TOKENS = 1024; // what one call may cost is decided here, not in the browser
const LARGEST = 100_000; // bytes of a request

const refused = (status: number, type: string, message: string) =>
  Response.json({ type: "error", error: { type, message } }, { status });

export async function POST(request: Request): Promise<Response> {
  const origin = request.headers.get("origin");
  if (origin !== null && new URL(origin).host !== request.headers.get("host")) {
    return refused(403, "permission_error", "This route serves its own pages only.");
  }
  // Here you check who is signed in, and how much they have asked for today.
  const text = await request.text();
  if (text.length > LARGEST) return refused(413, "request_too_large", "Send less at once.");
  let asked: { messages?: unknown; stream?: unknown };
  try {
    asked = JSON.parse(text);
  } catch {
    return refused(400, "invalid_request_error", "The body is not JSON.");
  }
  if (!Array.isArray(asked?.messages)) return refused(400, "invalid_request_error", "messages is missing.");
  const stream = asked.stream === true;
  const answer = await fetch(`${BASE}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.@{key_variable}}` },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: MAX_TOKENS,
      messages: asked.messages,
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
    redirect: "error",
    signal: request.signal, // the browser went away: the answer is not paid for any longer
  });
  const headers = new Headers({ "Cache-Control": "no-cache", "X-Accel-Buffering": "no" }); // nginx: do not buffer
  for (const name of ["content-type", "retry-after"]) {
    const value = answer.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers });
}
