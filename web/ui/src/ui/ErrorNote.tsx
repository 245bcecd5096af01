import { CircleAlert, RotateCw } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/error.ts";
import { t } from "../i18n/en.ts";
import { Button } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";

/** ErrorNote says what went wrong and offers to try again, once the time the API asked for has passed. */
export function ErrorNote({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  const wait = useCountdown(error);
  return (
    <div class="note danger" role="alert">
      <CircleAlert size={20} aria-hidden="true" />
      <div>
        <p>
          <strong>{title(error)}</strong>
        </p>
        <p>{error.detail}</p>
        {error.requestId && (
          <p class="muted small">
            {t.error.requestId} <code>{error.requestId}</code>
          </p>
        )}
        <div class="row">
          {onRetry && (
            <Button onClick={onRetry} disabled={wait > 0}>
              <RotateCw size={16} aria-hidden="true" />
              {wait > 0 ? t.action.retryIn(wait) : t.action.retry}
            </Button>
          )}
          <CopyButton label={t.action.copyDetails} text={() => details(error)} />
        </div>
      </div>
    </div>
  );
}

function title(error: ApiError): string {
  if (error.status === 0) return t.error.unreachableTitle;
  return error.status === 429 ? t.error.rateTitle : t.error.title;
}

function details(error: ApiError): string {
  return JSON.stringify({ status: error.status, detail: error.detail, request_id: error.requestId, page: location.href });
}

/** useCountdown counts the seconds down that the answer asked to wait. */
function useCountdown(error: ApiError): number {
  const [left, setLeft] = useState(error.retryAfter ?? 0);
  useEffect(() => {
    const end = Date.now() + (error.retryAfter ?? 0) * 1000;
    const tick = (): void => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
