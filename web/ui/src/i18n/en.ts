// Every sentence of the dashboard stands here, so that it can be read, and one day translated, in one piece.

const plural = (n: number, one: string, many: string): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

export const t = {
  product: "Syft Space",
  skip: "Skip to content",
  nav: {
    main: "Main",
    open: "Open menu",
    close: "Close menu",
    playground: "Playground",
    docs: "API reference",
    signOut: "Sign out",
  },
  health: {
    unknown: "Connecting",
    running: "Running",
    unwell: "Needs attention",
    unreachable: "Not reachable",
  },
  theme: {
    system: "System theme",
    light: "Light theme",
    dark: "Dark theme",
    switchTo: (now: string, next: string): string => `${now}. Switch to ${next.toLowerCase()}`,
  },
  action: {
    retry: "Try again",
    retryIn: (seconds: number): string => `Try again in ${seconds} s`,
    reload: "Reload the page",
    close: "Close",
    copy: "Copy",
    copied: "Copied",
    copyDetails: "Copy details",
  },
  error: {
    title: "That did not work",
    unreachableTitle: "The Space cannot be reached",
    unreachable: "Nothing answers at this address. Check that syft-space is still running, then try again.",
    interrupted: "The connection broke before the answer was complete.",
    rateTitle: "Too many requests",
    status: (code: number): string => `The Space answered with status ${code} and gave no reason.`,
    requestId: "Request",
    pageTitle: "This page could not be loaded",
    page: "The Space may have been updated since you opened it. Reloading fetches the new version.",
  },
  missing: {
    title: "There is no such page",
    body: "The address may be misspelled, or the page may have moved.",
    back: "Go to the playground",
  },
  login: {
    title: "Sign in",
    body: "This Space is protected. Enter its admin key to go on.",
    key: "Admin key",
    hint: "The value of auth.admin_key in config.yaml, or of SYFT_ADMIN_API_KEY.",
    submit: "Sign in",
    empty: "Enter the admin key.",
  },
  playground: {
    title: "Playground",
    lead: "Ask an endpoint a question and check the answer against its sources.",
    endpoint: "Endpoint",
    question: "Question",
    placeholder: "What would you like to know?",
    keys: "Enter asks, Shift + Enter starts a new line",
    ask: "Ask",
    stop: "Stop",
    unpublished: "Not published: you see a preview, others are refused.",
    noEndpoint: {
      title: "There is nothing to ask yet",
      body: "Point Syft Space at a folder of documents and it builds an endpoint you can ask here:",
      command: "syft-space quickstart ~/Documents",
    },
    start: "The answer appears here, and every [1] in it opens the passage it rests on.",
  },
  options: {
    title: "Options",
    limit: "Passages",
    limitHint: "How many passages the answer may use, at most.",
    threshold: "Minimum score",
    thresholdHint: "Weaker matches are left out. 0 keeps all.",
    mode: "Search by",
    modes: { hybrid: "Meaning and words", vector: "Meaning only", lexical: "Words only" },
  },
  answer: {
    title: "Answer",
    searching: "Searching the documents",
    writing: "Writing",
    ready: (sources: number): string => `Answer ready, ${plural(sources, "source", "sources")}.`,
    stopped: "You stopped this answer.",
    length: "The answer reached its length limit and may be cut short.",
    passagesOnly: "This endpoint returns passages and writes no answer.",
    nothing: "The endpoint answered without text.",
    copyCurl: "Copy as curl",
    copyAnswer: "Copy answer",
    raw: "Raw JSON",
    table: "Table in the answer",
  },
  numbers: {
    title: "Measured",
    search: "Search",
    first: "First word",
    total: "Total",
    tokens: "Tokens",
    tokensOf: (prompt: number, completion: number): string =>
      `${prompt.toLocaleString("en")} in, ${completion.toLocaleString("en")} out`,
    sent: "Sent",
  },
  sources: {
    title: "Sources",
    none: "No passage reached the minimum score. Lower it under Options, or ask in other words.",
    score: "Score",
    open: (n: number): string => `Open source ${n}`,
    cite: (n: number): string => `Source ${n}`,
    page: (pages: number[]): string => `${pages.length === 1 ? "page" : "pages"} ${ranges(pages)}`,
    sheet: (name: string): string => `sheet ${name}`,
    rows: (from: number, to: number): string => (from === to ? `row ${from}` : `rows ${from}\u2013${to}`),
    lines: (from: number, to: number): string => (from === to ? `line ${from}` : `lines ${from}\u2013${to}`),
    stale: "from an older version of the file",
    unnamed: "Unnamed document",
  },
  passage: {
    of: (n: number, all: number): string => `Source ${n} of ${all}`,
    previous: "Previous source",
    next: "Next source",
    before: "Just before in the document",
    after: "Just after in the document",
    text: "Passage in its document",
    first: "The document begins here.",
    last: "The document ends here.",
    alone: "The text around this passage could not be loaded:",
  },
  indexing: {
    label: "Indexing progress",
    scanning: "Looking through the folders",
    files: (done: number, all: number): string => `Indexing: ${done} of ${plural(all, "file", "files")}`,
    passages: (done: number, all: number): string => `Preparing search by meaning: ${done} of ${plural(all, "passage", "passages")}`,
    note: "Answers may miss documents until this is done.",
    eta: (seconds: number): string =>
      seconds < 60 ? "less than a minute left" : `about ${plural(Math.round(seconds / 60), "minute", "minutes")} left`,
  },
};

/** ranges writes page numbers as people do: 3, 4 and 5 become one run. */
function ranges(pages: number[]): string {
  const sorted = [...new Set(pages)].sort((a, b) => a - b);
  const runs: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const from = sorted[i];
    while (sorted[i + 1] === (sorted[i] ?? 0) + 1) i++;
    runs.push(from === sorted[i] ? `${from}` : `${from}\u2013${sorted[i]}`);
  }
  return runs.join(", ");
}
