import { Menu, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { t } from "../i18n/en.ts";
import { Button } from "./Button.tsx";
import { Brand } from "./Brand.tsx";
import { Navigation } from "./Navigation.tsx";

/** Shell frames every page: a sidebar, under 1024 px a rail, under 720 px a top bar with a drawer. */
export function Shell({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <div class="shell">
        <TopBar />
        <header class="sidebar">
          <Brand />
          <Navigation />
        </header>
        <main id="main" tabIndex={-1}>
          <div class="content">{children}</div>
        </main>
      </div>
    </>
  );
}

function TopBar() {
  const [open, setOpen] = useState(false);
  const [path] = useLocation();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);

  return (
    <header class="topbar">
      <Button kind="quiet" label={t.nav.open} onClick={() => setOpen(true)}>
        <Menu size={20} aria-hidden="true" />
      </Button>
      <Brand />
      <dialog
        ref={dialog}
        class="menu"
        aria-label={t.nav.main}
        onClose={() => setOpen(false)}
        onClick={(event) => event.target === dialog.current && setOpen(false)}
      >
        {open && (
          <div class="menu-panel">
            <div class="menu-head">
              <Brand />
              <Button kind="quiet" label={t.nav.close} onClick={() => setOpen(false)}>
                <X size={20} aria-hidden="true" />
              </Button>
            </div>
            <Navigation />
          </div>
        )}
      </dialog>
    </header>
  );
}
