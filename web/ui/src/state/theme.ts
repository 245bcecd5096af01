import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const key = "syft.theme";
const order: Theme[] = ["system", "light", "dark"];

function stored(): Theme {
  const value = localStorage.getItem(key);
  return value === "light" || value === "dark" ? value : "system";
}

/** theme is the person's choice; "system" follows the computer. */
export const theme = signal<Theme>(stored());

export function nextTheme(): Theme {
  return order[(order.indexOf(theme.value) + 1) % order.length] ?? "system";
}

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  if (theme.value === "system") localStorage.removeItem(key);
  else localStorage.setItem(key, theme.value);
});
