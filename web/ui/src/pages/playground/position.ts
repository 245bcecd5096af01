import type { PassageMetadata } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";

/** fileName names the document a passage comes from. */
export function fileName(m: PassageMetadata): string {
  return m.file_name ?? m.file_path ?? t.sources.unnamed;
}

/** place says where in its document a passage stands: page, lines, sheet or part, then the headings above it. */
export function place(m: PassageMetadata): string {
  const parts: string[] = [];
  if (m.page_numbers?.length) parts.push(t.sources.page(m.page_numbers));
  if (m.sheet) parts.push(t.sources.sheet(m.sheet));
  if (m.part) parts.push(m.part);
  if (m.row_start) parts.push(t.sources.rows(m.row_start, m.row_end ?? m.row_start));
  if (m.line_start) parts.push(t.sources.lines(m.line_start, m.line_end ?? m.line_start));
  if (m.headings?.length) parts.push(m.headings.join(" \u203a "));
  return parts.join(" \u00b7 ");
}
