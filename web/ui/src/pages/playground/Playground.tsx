import { useState } from "preact/hooks";
import { useSearchParams } from "wouter-preact";
import { call } from "../../api/client.ts";
import type { Endpoint } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";
import { useResource } from "../../state/resource.ts";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { PageTitle } from "../../ui/PageTitle.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { Composer } from "./Composer.tsx";
import { Indexing } from "./Indexing.tsx";
import { PassageDrawer } from "./PassageDrawer.tsx";
import { Result } from "./Result.tsx";
import { run } from "./run.ts";

export default function Playground() {
  const list = useResource("endpoints", (signal) => call("GET /api/v1/endpoints/", { query: { limit: 1000 }, signal }));
  const endpoints = list.value?.items.filter((e) => !e.archived);
  return (
    <>
      <PageTitle title={t.playground.title} lead={t.playground.lead} />
      {list.error && <ErrorNote error={list.error} onRetry={list.reload} />}
      {!endpoints && !list.error && <Skeleton lines={6} />}
      {endpoints?.length === 0 && <Nothing />}
      {endpoints && endpoints.length > 0 && <Bench endpoints={endpoints} />}
    </>
  );
}

function Nothing() {
  const { title, body, command } = t.playground.noEndpoint;
  return (
    <EmptyState title={title} body={body}>
      <p class="command">
        <code>{command}</code>
        <CopyButton label={t.action.copy} text={() => command} />
      </p>
    </EmptyState>
  );
}

/** Bench is the working part: the endpoint in the address, the question, and what came back. */
function Bench({ endpoints }: { endpoints: Endpoint[] }) {
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<number | null>(null);
  const chosen = endpoints.find((e) => e.slug === params.get("endpoint")) ?? endpoints[0];
  if (!chosen) return null;
  const current = run.value;

  return (
    <>
      <Composer
        endpoints={endpoints}
        chosen={chosen}
        onChoose={(slug) => setParams({ endpoint: slug }, { replace: true })}
      />
      {chosen.dataset && <Indexing key={chosen.dataset.id} dataset={chosen.dataset.id} />}
      {current ? <Result run={current} onSource={setOpen} /> : <p class="muted start">{t.playground.start}</p>}
      {current?.references && open !== null && current.references.documents[open - 1] && (
        <PassageDrawer
          sources={current.references.documents}
          number={open}
          dataset={current.endpoint.dataset?.name ?? ""}
          onMove={setOpen}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}
