import { base } from "../../api/base.ts";
import { queryPath } from "../../api/query.ts";
import type { Endpoint, QueryRequest } from "../../api/types.ts";
import { csrfToken } from "../../state/session.ts";

/** curl writes the request as a command for a POSIX shell. It names the key by its variable, never by value. */
export function curl(endpoint: Endpoint, request: QueryRequest): string {
  const lines = [`curl -sS ${quote(location.origin + base + queryPath(endpoint))}`];
  if (csrfToken.value) lines.push('-H "Authorization: Bearer $SYFT_ADMIN_API_KEY"');
  lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify({ ...request, stream: false }))}`);
  return lines.join(" \\\n  ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
