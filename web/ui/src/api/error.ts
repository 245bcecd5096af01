import { t } from "../i18n/en.ts";

interface FieldProblem {
  loc: (string | number)[];
  msg: string;
}

/** What the API said when it refused, or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly requestId: string | null,
    /** Seconds after which a retry makes sense; null when the answer named none. */
    readonly retryAfter: number | null,
  ) {
    super(detail);
  }

  static unreachable(): ApiError {
    return new ApiError(0, t.error.unreachable, null, null);
  }

  /** fromFrame reads an error that came after a stream had begun. */
  static fromFrame(frame: { status: number; detail: unknown }, requestId: string | null): ApiError {
    return new ApiError(frame.status, sentence(frame.detail) ?? t.error.status(frame.status), requestId, null);
  }

  static async from(response: Response): Promise<ApiError> {
    const body: unknown = await response.json().catch(() => null);
    const wait = Number(response.headers.get("Retry-After") ?? NaN);
    return new ApiError(
      response.status,
      sentence((body as { detail?: unknown } | null)?.detail) ?? t.error.status(response.status),
      response.headers.get("X-Request-Id"),
      Number.isFinite(wait) ? wait : null,
    );
  }
}

/** sentence reads `detail`: a text, or the list of fields of a 422. */
function sentence(detail: unknown): string | null {
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return null;
  return (detail as FieldProblem[]).map((p) => `${p.loc.slice(1).join(".")}: ${p.msg}`).join("; ");
}

/** asError turns whatever was thrown into an ApiError, so that every page shows one form. */
export function asError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : new ApiError(0, String(thrown), null, null);
}
