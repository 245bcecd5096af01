import { ArrowUp, SlidersHorizontal, Square } from "lucide-preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Endpoint } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";
import { OptionFields } from "./OptionFields.tsx";
import { ask, type Options, requestFor, run, stop } from "./run.ts";

interface Props {
  endpoints: Endpoint[];
  chosen: Endpoint;
  onChoose: (slug: string) => void;
}

/** Composer is the form: which endpoint, what question, and, folded away, how to search. */
export function Composer({ endpoints, chosen, onChoose }: Props) {
  const [question, setQuestion] = useState("");
  const [options, setOptions] = useState<Options>({ limit: 5, threshold: 0.5, mode: "hybrid" });
  const form = useRef<HTMLFormElement>(null);
  const [expanded, setExpanded] = useState(false);
  const id = useId();
  const busy = run.value?.phase === "waiting" || run.value?.phase === "writing";

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.current?.requestSubmit();
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (question.trim()) void ask(chosen, requestFor(question.trim(), options));
  };

  return (
    <form ref={form} class="card composer" onSubmit={onSubmit}>
      <EndpointChoice endpoints={endpoints} chosen={chosen} onChoose={onChoose} />
      <div class="field">
        <label for={id}>{t.playground.question}</label>
        <textarea
          id={id}
          rows={2}
          required
          maxLength={20000}
          placeholder={t.playground.placeholder}
          aria-describedby={`${id}-keys`}
          value={question}
          onInput={(event) => setQuestion(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <div class="composer-foot">
        <button
          type="button"
          class="button quiet"
          aria-expanded={expanded}
          aria-controls={`${id}-options`}
          onClick={() => setExpanded(!expanded)}
        >
          <SlidersHorizontal size={16} aria-hidden="true" />
          {t.options.title}
        </button>
        <p id={`${id}-keys`} class="muted small keys">
          {t.playground.keys}
        </p>
        {/* Two elements by their keys: one that turned into a submit button while it is clicked would submit. */}
        {busy ? (
          <Button key="stop" onClick={stop}>
            <Square size={14} aria-hidden="true" />
            {t.playground.stop}
          </Button>
        ) : (
          <Button key="ask" kind="primary" type="submit">
            <ArrowUp size={16} aria-hidden="true" />
            {t.playground.ask}
          </Button>
        )}
      </div>
      <div id={`${id}-options`} class="options" hidden={!expanded}>
        <OptionFields options={options} onChange={setOptions} />
      </div>
    </form>
  );
}

function EndpointChoice({ endpoints, chosen, onChoose }: Props) {
  const hint = chosen.published ? chosen.summary : t.playground.unpublished;
  return (
    <Field label={t.playground.endpoint} {...(hint ? { hint } : {})}>
      {(wiring) => (
        <select {...wiring} value={chosen.slug} onChange={(event) => onChoose(event.currentTarget.value)}>
          {endpoints.map((e) => (
            <option key={e.slug} value={e.slug}>
              {e.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
