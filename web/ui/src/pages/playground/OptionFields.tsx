import type { SearchMode } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";
import { Field } from "../../ui/Field.tsx";
import type { Options } from "./run.ts";

/** OptionFields are the search parameters; the defaults suit most questions. */
export function OptionFields({ options, onChange }: { options: Options; onChange: (options: Options) => void }) {
  return (
    <>
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
    </>
  );
}
