import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/en.ts";
import { Button } from "./Button.tsx";
import { PageTitle } from "./PageTitle.tsx";
import { Skeleton } from "./Skeleton.tsx";

export type Load = () => Promise<{ default: ComponentType }>;

const loaded = new Map<Load, ComponentType>();

/** Lazy shows a page whose code is fetched when it is first needed. */
export function Lazy({ load }: { load: Load }) {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let gone = false;
    setFailed(false);
    load().then(
      (module) => {
        loaded.set(load, module.default);
        if (!gone) redraw((n) => n + 1);
      },
      () => gone || setFailed(true),
    );
    return () => {
      gone = true;
    };
  }, [load]);

  const Page = loaded.get(load);
  if (Page) return <Page />;
  if (!failed) return <Skeleton lines={6} />;
  return (
    <>
      <PageTitle title={t.error.pageTitle} lead={t.error.page} />
      <Button onClick={() => location.reload()}>{t.action.reload}</Button>
    </>
  );
}
