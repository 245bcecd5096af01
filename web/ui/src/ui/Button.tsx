import type { ComponentChildren } from "preact";

interface Props {
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  kind?: "primary" | "plain" | "quiet";
  type?: "button" | "submit";
  disabled?: boolean;
  /** The name for people who do not see the icon; needed when there is no text. */
  label?: string;
}

/** Button is 40 px high (44 on touch). One primary button at most stands in each form. */
export function Button({ children, onClick, kind = "plain", type = "button", disabled = false, label }: Props) {
  return (
    <button type={type} class={`button ${kind}`} disabled={disabled} aria-label={label} title={label} onClick={onClick}>
      {children}
    </button>
  );
}
