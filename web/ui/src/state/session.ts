import { effect, signal } from "@preact/signals";

const key = "syft.csrf";

/**
 * csrfToken belongs to the signed-in session and goes with every write. It is kept in
 * local storage because the session's cookie outlives a reload and is shared by all tabs.
 */
export const csrfToken = signal<string | null>(localStorage.getItem(key));

/** signedOut turns true when the API asks for a credential; the shell then shows the login page. */
export const signedOut = signal(false);

effect(() => {
  if (csrfToken.value) localStorage.setItem(key, csrfToken.value);
  else localStorage.removeItem(key);
});

addEventListener("storage", (event) => {
  if (event.key === key) csrfToken.value = event.newValue;
});
