import { csrfToken, signedOut } from "../state/session.ts";
import { base } from "./base.ts";
import { ApiError } from "./error.ts";
import type { Operations } from "./types.ts";

type Key = keyof Operations;
type Given<K extends Key> = Omit<Operations[K], "response"> & { signal?: AbortSignal };

/**
 * call carries out one operation of the API and answers its parsed body.
 * It throws an ApiError for every refusal and when the Space cannot be reached.
 */
export async function call<K extends Key>(operation: K, given: Given<K>): Promise<Operations[K]["response"]> {
  const [method, template] = operation.split(" ") as [string, string];
  const { path, query, body, signal } = given as {
    path?: Record<string, string>;
    query?: Record<string, string | number>;
    body?: unknown;
    signal?: AbortSignal;
  };
  const response = await send(method, fill(template, path) + encodeQuery(query), body, signal);
  return (await response.json()) as Operations[K]["response"];
}

/** send makes one request and answers the response when it succeeded. */
export async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken.value) headers["X-CSRF-Token"] = csrfToken.value;

  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;

  const response = await fetch(base + path, init).catch((thrown: unknown) => {
    if (signal?.aborted) throw thrown;
    throw ApiError.unreachable();
  });
  if (response.ok) return response;
  const error = await ApiError.from(response);
  if (path !== "/api/v1/auth/session" && asksToSignIn(error)) signedOut.value = true;
  throw error;
}

/** asksToSignIn also holds for a session whose CSRF token this browser has lost: signing in makes a new one. */
function asksToSignIn(error: ApiError): boolean {
  return error.status === 401 || (error.status === 403 && error.detail.includes("X-CSRF-Token"));
}

function fill(template: string, values: Record<string, string> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

function encodeQuery(query?: Record<string, string | number>): string {
  if (!query) return "";
  return "?" + new URLSearchParams(Object.entries(query).map(([k, v]) => [k, String(v)])).toString();
}
