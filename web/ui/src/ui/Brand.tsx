import { t } from "../i18n/en.ts";

/** Brand is the product's name beside its sign: an answer resting on its lines of source. */
export function Brand() {
  return (
    <p class="brand">
      <svg class="mark" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
        <rect width="22" height="22" rx="6" />
        <path d="M6 7.5h10M6 11h10M6 14.5h5" />
      </svg>
      <span>{t.product}</span>
    </p>
  );
}
