import { signal } from "@preact/signals";
import { call } from "../api/client.ts";

const interval = 20_000;

export type Reach = "unknown" | "running" | "unwell" | "unreachable";

/** reach says whether the Space answers; version is its own, "" until it has answered once. */
export const reach = signal<Reach>("unknown");
export const version = signal("");

export async function checkHealth(): Promise<void> {
  try {
    const health = await call("GET /api/v1/health", {});
    version.value = health.version;
    reach.value = /^(ok|healthy|up)$/i.test(health.status) ? "running" : "unwell";
  } catch {
    reach.value = "unreachable";
  }
}

/** watchHealth asks now, and again while the page is in view. It answers a function that stops it. */
export function watchHealth(): () => void {
  const look = (): void => {
    if (!document.hidden) void checkHealth();
  };
  look();
  const timer = setInterval(look, interval);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
