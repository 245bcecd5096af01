import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/en.ts";
import { navigations } from "../state/navigation.ts";

interface Props {
  title: string;
  lead?: string;
  children?: ComponentChildren;
}

/** PageTitle is the one h1 of a page. It takes the focus after a change of route, not at the first load. */
export function PageTitle({ title, lead, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} - ${t.product}`;
    if (navigations.peek() > 0) heading.current?.focus();
  }, [title]);
  return (
    <header class="page-title">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {lead && <p class="muted">{lead}</p>}
      {children}
    </header>
  );
}
