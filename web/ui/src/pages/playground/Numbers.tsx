import { t } from "../../i18n/en.ts";
import type { Run } from "./run.ts";

/** Numbers shows what was measured: the search by the Space, the rest by this browser. */
export function Numbers({ run }: { run: Run }) {
  const rows: [string, string][] = [];
  const search = run.references?.provider_info.response_time_ms;
  if (search != null) rows.push([t.numbers.search, duration(search)]);
  if (run.timing.first !== null) rows.push([t.numbers.first, duration(run.timing.first)]);
  if (run.timing.total !== null) rows.push([t.numbers.total, duration(run.timing.total)]);
  if (run.usage) rows.push([t.numbers.tokens, t.numbers.tokensOf(run.usage.prompt_tokens, run.usage.completion_tokens)]);
  return (
    <dl class="numbers" aria-label={t.numbers.title}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
