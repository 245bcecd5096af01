import { signal } from "@preact/signals";
import { ApiError, asError } from "../../api/error.ts";
import { query } from "../../api/query.ts";
import type { Endpoint, QueryRequest, References, SearchMode, Usage } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";

/** What a person can set beside the question. */
export interface Options {
  limit: number;
  threshold: number;
  mode: SearchMode;
}

/** Times as this browser saw them, in milliseconds since the question was sent. */
export interface Timing {
  first: number | null;
  total: number | null;
}

/** One question and what has come back for it so far. */
export interface Run {
  endpoint: Endpoint;
  request: QueryRequest;
  phase: "waiting" | "writing" | "done" | "stopped" | "failed";
  text: string;
  references: References | null;
  usage: Usage | null;
  finishReason: string | null;
  timing: Timing;
  error: ApiError | null;
  /** Every message as it was received, for the raw view. */
  frames: unknown[];
}

/** run is the question now on the page; null before the first. */
export const run = signal<Run | null>(null);

/** Text is handed to the page at most this often, so that a fast model cannot keep the browser busy. */
const drawEvery = 40;

let stopper = new AbortController();

export function requestFor(question: string, options: Options): QueryRequest {
  return {
    messages: question,
    limit: options.limit,
    similarity_threshold: options.threshold,
    max_tokens: 800,
    stop_sequences: [],
    stream: true,
    extras: { search: options.mode },
  };
}

/** ask sends the question and keeps run up to date until the answer is complete, stopped or refused. */
export async function ask(endpoint: Endpoint, request: QueryRequest): Promise<void> {
  stopper.abort();
  const mine = new AbortController();
  stopper = mine;
  const began = performance.now();
  const since = (): number => performance.now() - began;
  const change = (part: Partial<Run>): void => {
    if (stopper === mine && run.value) run.value = { ...run.value, ...part };
  };

  run.value = {
    endpoint, request, phase: "waiting", text: "", references: null, usage: null,
    finishReason: null, timing: { first: null, total: null }, error: null, frames: [],
  };
  let text = "";
  let first: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frames: unknown[] = [];
  const show = (): void => {
    timer = undefined;
    change({ phase: "writing", text, timing: { first, total: null } });
  };

  try {
    const ending = await query(
      endpoint,
      request,
      mine.signal,
      (piece) => {
        first ??= since();
        text += piece;
        timer ??= setTimeout(show, drawEvery);
      },
      (frame) => frames.push(frame),
    );
    clearTimeout(timer);
    change({ ...ending, phase: "done", text, frames, timing: { first, total: since() } });
  } catch (thrown) {
    clearTimeout(timer);
    const timing = { first, total: since() };
    if (mine.signal.aborted) change({ phase: "stopped", text, frames, timing });
    else change({ phase: "failed", text, frames, timing, error: broken(thrown) });
  }
}

/** stop gives the answer up; the Space then stops its model too. */
export function stop(): void {
  stopper.abort();
}

function broken(thrown: unknown): ApiError {
  return thrown instanceof TypeError ? new ApiError(0, t.error.interrupted, null, null) : asError(thrown);
}
