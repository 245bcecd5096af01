/** Skeleton holds the place of text that is on its way, so that nothing moves when it comes. */
export function Skeleton({ lines, label }: { lines: number; label?: string }) {
  return (
    <div class="skeleton" role={label ? "status" : undefined} aria-label={label}>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
