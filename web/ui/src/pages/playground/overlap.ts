/** Shorter runs are ordinary words that happen to match, not the overlap of chunking. */
const least = 12;

/**
 * withoutOverlap drops from a neighbour the text it shares with the passage: neighbouring chunks
 * repeat a few words so that no sentence is lost, which a reader would see twice. side says which
 * side of the neighbour touches the passage.
 */
export function withoutOverlap(neighbour: string, passage: string, side: "start" | "end"): string {
  for (let n = Math.min(neighbour.length, passage.length); n >= least; n--) {
    if (side === "end" && neighbour.endsWith(passage.slice(0, n))) return neighbour.slice(0, -n).trimEnd();
    if (side === "start" && passage.endsWith(neighbour.slice(0, n))) return neighbour.slice(n).trimStart();
  }
  return neighbour;
}
