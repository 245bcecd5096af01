import { Link } from "wouter-preact";
import { t } from "../../i18n/en.ts";
import { PageTitle } from "../../ui/PageTitle.tsx";

/** Missing stands where no page does. */
export function Missing() {
  return (
    <>
      <PageTitle title={t.missing.title} lead={t.missing.body} />
      <Link href="/playground">{t.missing.back}</Link>
    </>
  );
}
