import { Braces } from "lucide-preact";
import { useState } from "preact/hooks";
import { t } from "../../i18n/en.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Drawer } from "../../ui/Drawer.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Answer } from "./Answer.tsx";
import { curl } from "./curl.ts";
import { Numbers } from "./Numbers.tsx";
import { ask, type Run } from "./run.ts";
import { Sources } from "./Sources.tsx";

/** Result shows one run: the answer beside its sources, or sources alone, and what was measured. */
export function Result({ run, onSource }: { run: Run; onSource: (number: number) => void }) {
  const answers = run.endpoint.response_type !== "raw" && run.endpoint.model !== null;
  const quotes = run.endpoint.response_type !== "summary" && run.endpoint.dataset !== null;
  const waiting = run.phase === "waiting" || run.phase === "writing";
  const sources = quotes && (waiting || run.references) && <Sources run={run} onSource={onSource} />;

  return (
    <div class={answers && quotes ? "result two" : "result"}>
      <section class="answer" aria-label={t.answer.title} aria-busy={waiting}>
        <p class="asked">{run.request.messages}</p>
        <p class="visually-hidden" role="status">
          {announcement(run)}
        </p>
        {answers ? <AnswerBody run={run} onSource={onSource} /> : <p class="muted">{t.answer.passagesOnly}</p>}
        {run.error && <ErrorNote error={run.error} onRetry={() => void ask(run.endpoint, run.request)} />}
        {!answers && sources}
        {!waiting && <Footer run={run} />}
      </section>
      {answers && sources}
    </div>
  );
}

function AnswerBody({ run, onSource }: { run: Run; onSource: (number: number) => void }) {
  if (run.phase === "failed" && !run.text) return null;
  return (
    <>
      <h2>{t.answer.title}</h2>
      <div class="answer-body">
        {run.phase === "waiting" && <Skeleton lines={4} label={t.answer.searching} />}
        {run.text && (
          <Answer text={run.text} sources={run.references?.documents.length ?? null} onSource={onSource} />
        )}
        {run.phase === "done" && !run.text && <p class="muted">{t.answer.nothing}</p>}
      </div>
      {run.phase === "stopped" && <p class="muted">{t.answer.stopped}</p>}
      {run.finishReason === "length" && <p class="muted">{t.answer.length}</p>}
      {run.references?.provider_info.notes?.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
    </>
  );
}

function Footer({ run }: { run: Run }) {
  const [raw, setRaw] = useState(false);
  const json = (): string => JSON.stringify(run.frames.length === 1 ? run.frames[0] : run.frames, null, 2);
  return (
    <footer class="result-foot">
      {run.phase !== "failed" && <Numbers run={run} />}
      <div class="row">
        {run.text && <CopyButton label={t.answer.copyAnswer} text={() => run.text} />}
        <CopyButton label={t.answer.copyCurl} text={() => curl(run.endpoint, run.request)} />
        {run.frames.length > 0 && (
          <Button kind="quiet" onClick={() => setRaw(true)}>
            <Braces size={16} aria-hidden="true" />
            {t.answer.raw}
          </Button>
        )}
      </div>
      {raw && (
        <Drawer
          title={t.answer.raw}
          onClose={() => setRaw(false)}
          footer={<CopyButton label={t.action.copy} text={json} />}
        >
          <pre class="drawer-body raw" tabIndex={0} role="region" aria-label={t.answer.raw}>
            {json()}
          </pre>
        </Drawer>
      )}
    </footer>
  );
}

function announcement(run: Run): string {
  if (run.phase === "waiting") return t.answer.searching;
  if (run.phase === "writing") return t.answer.writing;
  if (run.phase === "done") return t.answer.ready(run.references?.documents.length ?? 0);
  return run.phase === "stopped" ? t.answer.stopped : "";
}
