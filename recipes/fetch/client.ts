// A client for chat completions: constructor, send, stream. For Node.js 20 and newer, and for a browser behind route.ts.

export type Message = { role: "system" | "user" | "assistant"; content: string };
export type Options = { model?: string; max_tokens?: number; temperature?: number; signal?: AbortSignal };
export type Usage = { prompt_tokens: number; completion_tokens: number; total_tokens: number; credits_consumed?: number };
export type Reply = { id: string; model: string; text: string; stopReason: string; usage: Usage | null };

// The service said no: `type` is its own word for it, `retryAfter` are seconds.
export class ApiError extends Error {
  constructor(public status: number, public type: string, message: string, public retryAfter: number | null = null) {
    super(`${status} ${type}: ${message}`);
  }
}

// The stream ended before [DONE]: `text` is what had arrived, and not the whole answer.
export class TruncatedStreamError extends Error {
  constructor(public text: string) {
    super(`The stream ended before [DONE], after ${text.length} characters`);
  }
}

export class Client {
  #headers: Record<string, string>; // private for good: no console.log prints the key

  constructor(public base: string, public model: string, key?: string) {
    this.#headers = { "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) };
  }

  async send(messages: Message[], options: Options = {}): Promise<Reply> {
    const { id, model, usage, choices } = await (await this.#post(messages, options, {})).json();
    return { id, model, text: choices[0].message.content ?? "", stopReason: choices[0].finish_reason, usage: usage ?? null };
  }

  // Text as it comes; what the generator returns at its end is the usage.
  async *stream(messages: Message[], options: Options = {}): AsyncGenerator<string, Usage | null> {
    const response = await this.#post(messages, options, { stream: true, stream_options: { include_usage: true } });
    let usage: Usage | null = null;
    let text = "";
    for await (const data of events(response.body!)) {
      if (data === "[DONE]") return usage;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new ApiError(500, chunk.error.type ?? "error", chunk.error.message ?? "in the stream");
      usage = chunk.usage ?? usage;
      const piece: string = chunk.choices[0]?.delta?.content ?? "";
      text += piece;
      if (piece) yield piece;
    }
    throw new TruncatedStreamError(text);
  }

  async #post(messages: Message[], { signal, ...options }: Options, more: object): Promise<Response> {
    const response = await fetch(`${this.base}/chat/completions`, {
      method: "POST",
      headers: this.#headers,
      body: JSON.stringify({ model: this.model, messages, ...options, ...more }),
      redirect: "error", // a redirect would carry the prompt elsewhere
      signal: signal ?? null,
    });
    if (response.ok) return response;
    const { type, code, message } = (await response.json().catch(() => ({}))).error ?? {};
    const wait = response.headers.get("retry-after"); // seconds
    throw new ApiError(response.status, code ?? type ?? "error", message ?? "no message", wait === null ? null : Number(wait));
  }
}

// The data of each server-sent event. A character or a line end may be cut in two by the network: both are put together.
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
        else if (line === "" && data.length) {
          yield data.join("\n");
          data = [];
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // whoever stops reading also stops paying
  }
}
