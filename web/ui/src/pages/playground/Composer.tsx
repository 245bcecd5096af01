import { ArrowUp, SlidersHorizontal, Square } from "lucide-preact";
import { useId, useRef, useState } from "preact/hooks";
import type { Endpoint, SearchMode } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";
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
        <OptionsPanel options={options} onChange={setOptions} />
        <p id={`${id}-keys`} class="muted small keys">
          {t.playground.keys}
        </p>
        {busy ? (
          <Button onClick={stop}>
            <Square size={14} aria-hidden="true" />
            {t.playground.stop}
          </Button>
        ) : (
          <Button kind="primary" type="submit">
            <ArrowUp size={16} aria-hidden="true" />
            {t.playground.ask}
          </Button>
        )}
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

function OptionsPanel({ options, onChange }: { options: Options; onChange: (options: Options) => void }) {
  return (
    <details class="options">
      <summary class="button quiet">
        <SlidersHorizontal size={16} aria-hidden="true" />
        {t.options.title}
      </summary>
      <div class="options-grid">
        <Field label={t.options.limit} hint={t.options.limitHint}>
          {(wiring) => (
            <input
              {...wiring}
              type="number"
              min={1}
              max={100}
              required
              value={options.limit}
              onInput={(event) => onChange({ ...options, limit: event.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
        <Field label={`${t.options.threshold}: ${options.threshold.toFixed(2)}`} hint={t.options.thresholdHint}>
          {(wiring) => (
            <input
              {...wiring}
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={options.threshold}
              onInput={(event) => onChange({ ...options, threshold: event.currentTarget.valueAsNumber })}
            />
          )}
        </Field>
        <Field label={t.options.mode}>
          {(wiring) => (
            <select
              {...wiring}
              value={options.mode}
              onChange={(event) => onChange({ ...options, mode: event.currentTarget.value as SearchMode })}
            >
              {Object.entries(t.options.modes).map(([mode, label]) => (
                <option key={mode} value={mode}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </details>
  );
}
