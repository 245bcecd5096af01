import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

interface Props {
  label: string;
  hint?: string;
  error?: string | null;
  children: (wiring: Wiring) => ComponentChildren;
}

/** Field ties a control to its label, its hint and its error. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const note = error ?? hint;
  const wiring: Wiring = { id };
  if (note) wiring["aria-describedby"] = `${id}-note`;
  if (error) wiring["aria-invalid"] = true;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(wiring)}
      {note && (
        <p id={`${id}-note`} class={error ? "field-error" : "field-hint"} role={error ? "alert" : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}
