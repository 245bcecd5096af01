/** Mark is the product's sign: an answer resting on its lines of source. */
export function Mark() {
  return (
    <svg class="mark" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <rect width="22" height="22" rx="6" />
      <path d="M6 7.5h10M6 11h10M6 14.5h5" />
    </svg>
  );
}
