import type { ComponentChildren } from "preact";

/** EmptyState says in one sentence why there is nothing, and what to do about it. */
export function EmptyState({ title, body, children }: { title: string; body: string; children?: ComponentChildren }) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      <p>{body}</p>
      {children}
    </section>
  );
}
