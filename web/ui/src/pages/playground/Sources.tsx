import { t } from "../../i18n/en.ts";
import type { Source } from "../../api/types.ts";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { fileName, place } from "./position.ts";
import type { Run } from "./run.ts";

interface Props {
  run: Run;
  onSource: (number: number) => void;
}

/** Sources lists the passages an answer rests on, in the order of the numbers it cites. */
export function Sources({ run, onSource }: Props) {
  const documents = run.references?.documents;
  return (
    <section class="sources" aria-label={t.sources.title}>
      <h2>{t.sources.title}</h2>
      {!documents && <Skeleton lines={5} />}
      {documents?.length === 0 && <p class="muted">{t.sources.none}</p>}
      <ol>
        {documents?.map((source, i) => (
          <li key={source.document_id}>
            <SourceCard source={source} number={i + 1} onOpen={() => onSource(i + 1)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function SourceCard({ source, number, onOpen }: { source: Source; number: number; onOpen: () => void }) {
  const where = place(source.metadata);
  return (
    <button type="button" class="source" onClick={onOpen}>
      <span class="source-number" aria-hidden="true">
        {number}
      </span>
      <span class="source-text">
        <span class="visually-hidden">{t.sources.open(number)}: </span>
        <strong>{fileName(source.metadata)}</strong>
        {where && <span class="muted small">{where}</span>}
        {source.metadata.stale && <span class="warn small">{t.sources.stale}</span>}
        <span class="snippet muted small">{source.content}</span>
        <Score value={source.similarity_score} />
      </span>
    </button>
  );
}

/** Score shows a similarity in [0, 1] as a number, with a bar that says the same at a glance. */
export function Score({ value }: { value: number }) {
  return (
    <span class="score">
      <span class="score-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%` }} />
      </span>
      <span class="visually-hidden">{t.sources.score}</span>
      <span class="score-number">{value.toFixed(2)}</span>
    </span>
  );
}
