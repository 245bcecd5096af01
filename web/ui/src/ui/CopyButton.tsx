import { Check, Copy } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/en.ts";
import { Button } from "./Button.tsx";

/** CopyButton puts text on the clipboard and says so for two seconds. */
export function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  return (
    <Button kind="quiet" onClick={() => void copy(text()).then(setCopied)}>
      {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      <span aria-live="polite">{copied ? t.action.copied : label}</span>
    </Button>
  );
}

/** copy also works over plain HTTP from another computer, where browsers offer no clipboard interface. */
async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
