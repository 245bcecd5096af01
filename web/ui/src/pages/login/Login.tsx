import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../../api/client.ts";
import { asError, type ApiError } from "../../api/error.ts";
import { t } from "../../i18n/en.ts";
import { csrfToken, signedOut } from "../../state/session.ts";
import { Button } from "../../ui/Button.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Field } from "../../ui/Field.tsx";
import { PageTitle } from "../../ui/PageTitle.tsx";

/** Login asks for the one key there is. The session lives in a cookie that scripts cannot read. */
export function Login() {
  const [key, setKey] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const submit = async (): Promise<void> => {
    setError(null);
    setProblem(key ? null : t.login.empty);
    if (!key) return;
    setBusy(true);
    try {
      csrfToken.value = (await call("POST /api/v1/auth/session", { body: { admin_key: key } })).csrf_token;
      signedOut.value = false;
    } catch (thrown) {
      const refused = asError(thrown);
      if (refused.status === 401 || refused.status === 422) setProblem(refused.detail);
      else setError(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div class="login">
      <PageTitle title={t.login.title} lead={t.login.body} />
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {/* Password managers file a key under a name. */}
        <input type="text" name="username" autocomplete="username" value="admin" readOnly hidden />
        <Field label={t.login.key} hint={t.login.hint} error={problem}>
          {(wiring) => (
            <input
              {...wiring}
              ref={field}
              type="password"
              autocomplete="current-password"
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        {error && <ErrorNote error={error} onRetry={() => void submit()} />}
        <Button kind="primary" type="submit" disabled={busy}>
          {t.login.submit}
        </Button>
      </form>
    </div>
  );
}
