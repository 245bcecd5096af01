import { useEffect, useState } from "preact/hooks";
import { call } from "../../api/client.ts";
import type { IngestionStatus } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";

const busyEvery = 1_000;
const idleEvery = 15_000;

/** Indexing is a thin line that is there only while documents are still being read. */
export function Indexing({ dataset }: { dataset: string }) {
  const status = useStatus(dataset);
  if (!status) return null;
  const work = progress(status);
  if (!work) return null;
  const left = status.eta_seconds === null ? "" : `, ${t.indexing.eta(status.eta_seconds)}`;
  return (
    <div class="indexing">
      <progress max={work.all} value={work.done} aria-label={t.indexing.label} />
      <p class="muted small">
        {work.text}
        {left}. {t.indexing.note}
      </p>
      {status.message && <p class="warn small">{status.message}</p>}
    </div>
  );
}

interface Work {
  /** Not known while the folders are still being looked through. */
  done: number | undefined;
  all: number;
  text: string;
}

/** progress tells how far indexing is: files first, then the vectors of their passages; null when all is done. */
function progress(s: IngestionStatus): Work | null {
  if (!s.scanned && s.total_jobs === 0) return { done: undefined, all: 1, text: t.indexing.scanning };
  if (s.pending + s.in_progress > 0) {
    const done = s.total_jobs - s.pending - s.in_progress;
    return { done, all: s.total_jobs, text: t.indexing.files(done, s.total_jobs) };
  }
  if (s.chunks_embedded < s.chunks_total) {
    return { done: s.chunks_embedded, all: s.chunks_total, text: t.indexing.passages(s.chunks_embedded, s.chunks_total) };
  }
  return null;
}

/** useStatus looks often while there is work and seldom otherwise, and not at all in a hidden tab. */
function useStatus(dataset: string): IngestionStatus | null {
  const [status, setStatus] = useState<IngestionStatus | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      let pause = idleEvery;
      if (!document.hidden) {
        const seen = await call("GET /api/v1/ingestion/datasets/{id}/status", {
          path: { id: dataset },
          signal: stop.signal,
        }).catch(() => null);
        if (stop.signal.aborted) return;
        setStatus(seen);
        if (seen && progress(seen)) pause = busyEvery;
      }
      timer = setTimeout(() => void look(), pause);
    };
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [dataset]);
  return status;
}
