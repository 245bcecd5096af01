/** The path the Space is served under: "" at the root of a host, "/syft" behind a proxy's prefix. */
export const base: string =
  document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? "";
