import type { Position } from "../../api/types.ts";
import { t } from "../../i18n/en.ts";

/** fileName names the document a passage comes from. */
export function fileName(p: Position): string {
  return p.file_name ?? p.file_path ?? t.sources.unnamed;
}

/** place says where in its document a passage stands: page or lines, then the headings above it. */
export function place(p: Position): string {
  const parts: string[] = [];
  if (p.page_numbers?.length) parts.push(t.sources.page(p.page_numbers));
  else if (p.start_line) parts.push(t.sources.lines(p.start_line, p.end_line ?? p.start_line));
  if (p.headings?.length) parts.push(p.headings.join(" \u203a "));
  return parts.join(" \u00b7 ");
}
