import { ChevronLeft, ChevronRight } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { call } from "../../api/client.ts";
import type { Neighbour, Passage, Source } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";
import { useResource } from "../../state/resource.ts";
import { Button } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { Drawer } from "../../ui/Drawer.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { withoutOverlap } from "./overlap.ts";
import { fileName, place } from "./position.ts";
import { Score } from "./Sources.tsx";

interface Props {
  sources: Source[];
  /** Which of them, counted from 1 as the answer cites them. */
  number: number;
  dataset: string;
  onMove: (number: number) => void;
  onClose: () => void;
}

/** PassageDrawer shows a passage marked within its document. The passage itself is known, so only its neighbours load. */
export function PassageDrawer({ sources, number, dataset, onMove, onClose }: Props) {
  const source = sources[number - 1] as Source;
  const id = source.document_id;
  const around = useResource(`${dataset}/${id}`, (signal) =>
    call("GET /api/v1/datasets/{name}/chunks/{id}", { path: { name: dataset, id }, signal }),
  );
  const metadata = around.value?.metadata ?? source.metadata;

  return (
    <Drawer
      title={fileName(metadata)}
      subtitle={[t.passage.of(number, sources.length), place(metadata)].filter(Boolean).join(" \u00b7 ")}
      onClose={onClose}
      footer={
        <>
          <Button label={t.passage.previous} disabled={number === 1} onClick={() => onMove(number - 1)}>
            <ChevronLeft size={18} aria-hidden="true" />
          </Button>
          <Button label={t.passage.next} disabled={number === sources.length} onClick={() => onMove(number + 1)}>
            <ChevronRight size={18} aria-hidden="true" />
          </Button>
          <Score value={source.similarity_score} />
          <CopyButton label={t.action.copy} text={() => source.content} />
        </>
      }
    >
      <Text key={id} source={source} around={around.value} problem={around.error?.detail ?? null} />
    </Drawer>
  );
}

function Text({ source, around, problem }: { source: Source; around: Passage | null; problem: string | null }) {
  const body = useRef<HTMLDivElement>(null);
  const marked = useRef<HTMLElement>(null);
  const content = around?.content ?? source.content;

  useEffect(() => {
    const box = body.current;
    const mark = marked.current;
    if (box && mark) box.scrollTop = mark.offsetTop - box.offsetTop - 96;
  }, [around]);

  return (
    <div ref={body} class="drawer-body passage" tabIndex={0} role="region" aria-label={t.passage.text}>
      {!around && !problem && <Skeleton lines={3} />}
      {around && (
        <Beside label={t.passage.before} neighbour={around.previous} end={t.passage.first} other={content} before />
      )}
      <p>
        <mark ref={marked}>{content}</mark>
      </p>
      {around && <Beside label={t.passage.after} neighbour={around.next} end={t.passage.last} other={content} />}
      {!around && !problem && <Skeleton lines={3} />}
      {problem && (
        <p class="muted small" role="alert">
          {t.passage.alone} {problem}
        </p>
      )}
    </div>
  );
}

interface BesideProps {
  label: string;
  neighbour: Neighbour | null;
  /** What to say where the document has no neighbour on this side. */
  end: string;
  other: string;
  before?: boolean;
}

function Beside({ label, neighbour, end, other, before = false }: BesideProps) {
  if (!neighbour) return <p class="muted small edge">{end}</p>;
  const text = before ? withoutOverlap(neighbour.content, other, "end") : withoutOverlap(neighbour.content, other, "start");
  return (
    <p class="muted" aria-label={label}>
      {text}
    </p>
  );
}
