import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asError } from "../api/error.ts";

/** A value that is fetched: nothing yet, the value, or why it is missing. */
export interface Resource<T> {
  value: T | null;
  error: ApiError | null;
  reload: () => void;
}

/** useResource fetches when the page appears, when key changes, and on reload. */
export function useResource<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: ApiError | null }>({
    key,
    value: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const loader = useRef(load);
  loader.current = load;

  useEffect(() => {
    const stop = new AbortController();
    setState({ key, value: null, error: null });
    loader.current(stop.signal).then(
      (value) => stop.signal.aborted || setState({ key, value, error: null }),
      (thrown: unknown) => stop.signal.aborted || setState({ key, value: null, error: asError(thrown) }),
    );
    return () => stop.abort();
  }, [key, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const fresh = state.key === key;
  return { value: fresh ? state.value : null, error: fresh ? state.error : null, reload };
}
