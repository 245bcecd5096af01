import { EventSourceParserStream } from "eventsource-parser/stream";
import { send } from "./client.ts";
import { ApiError } from "./error.ts";
import type { Endpoint, QueryRequest, QueryResponse, References, StreamFrame, Usage } from "./types.ts";

/** What an answer ends with; all of it is null for an endpoint that has no such half. */
export interface Ending {
  references: References | null;
  usage: Usage | null;
  finishReason: string | null;
}

/** queryPath is the route that answers: one not yet published is asked through its preview. */
export function queryPath(endpoint: Endpoint): string {
  return `/api/v1/endpoints/${endpoint.slug}/${endpoint.published ? "query" : "preview"}`;
}

/**
 * query asks an endpoint. onText is called with each piece of the answer as it comes, and
 * onFrame with every parsed message. A Space that answers in one piece instead of a stream
 * is read just the same.
 */
export async function query(
  endpoint: Endpoint,
  request: QueryRequest,
  signal: AbortSignal,
  onText: (piece: string) => void,
  onFrame: (frame: unknown) => void,
): Promise<Ending> {
  const response = await send("POST", queryPath(endpoint), request, signal);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) {
    const whole = (await response.json()) as QueryResponse;
    onFrame(whole);
    if (whole.summary) onText(whole.summary.message.content);
    return {
      references: whole.references,
      usage: whole.summary?.usage ?? null,
      finishReason: whole.summary?.finish_reason ?? null,
    };
  }
  const ending: Ending = { references: null, usage: null, finishReason: null };
  for await (const frame of frames(response.body)) {
    onFrame(frame);
    if (frame.error) throw ApiError.fromFrame(frame.error, response.headers.get("X-Request-Id"));
    const piece = frame.choices?.[0]?.delta.content;
    if (piece) onText(piece);
    if (frame.done) {
      ending.references = frame.references ?? null;
      ending.usage = frame.usage ?? null;
      ending.finishReason = frame.finish_reason ?? null;
    }
  }
  return ending;
}

async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamFrame> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value.data === "[DONE]") return;
    yield JSON.parse(value.data) as StreamFrame;
  }
}
