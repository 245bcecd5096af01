import { signal } from "@preact/signals";

/** navigations counts the changes of route since the page was loaded; a redirect is none. */
export const navigations = signal(0);

// The router announces history.pushState by an event of that name.
for (const name of ["pushState", "popstate"]) {
  addEventListener(name, () => {
    navigations.value++;
  });
}
