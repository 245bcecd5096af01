import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n/en.ts";
import { Button } from "./Button.tsx";

interface Props {
  title: string;
  subtitle?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
  footer?: ComponentChildren;
}

/**
 * Drawer is a native modal dialog at the side of the window. The browser keeps the focus in
 * it, closes it on Esc and gives the focus back to what opened it.
 */
export function Drawer({ title, subtitle, onClose, children, footer }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();

  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    heading.current?.focus();
    return () => element?.close();
  }, []);

  const onBackdrop = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose();
  };

  return (
    <dialog ref={dialog} class="drawer" aria-labelledby={id} onClose={onClose} onClick={onBackdrop}>
      <div class="drawer-panel">
        <header class="drawer-head">
          <div>
            <h2 ref={heading} id={id} tabIndex={-1}>
              {title}
            </h2>
            {subtitle && <p class="muted">{subtitle}</p>}
          </div>
          <Button kind="quiet" label={t.action.close} onClick={onClose}>
            <X size={20} aria-hidden="true" />
          </Button>
        </header>
        {children}
        {footer && <footer class="drawer-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
