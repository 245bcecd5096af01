// The wire types of the routes the dashboard calls, as the HTTP contract names them.

/** One page of a list: every list of the API has this form. */
export interface Page<T> {
  items: T[];
  total: number;
  skip: number;
  limit: number;
}

export interface Health {
  status: string;
  version: string;
}

export interface Session {
  csrf_token: string;
  expires_at: string;
}

/** What an endpoint says of its dataset or its model. */
export interface Part {
  id: string;
  name: string;
  dtype: string;
}

export type ResponseType = "raw" | "summary" | "both";

export interface Endpoint {
  id: string;
  name: string;
  slug: string;
  summary: string;
  response_type: ResponseType;
  published: boolean;
  archived: boolean;
  model: Part | null;
  dataset: Part | null;
}

export type SearchMode = "hybrid" | "vector" | "lexical";

export interface QueryRequest {
  messages: string;
  limit: number;
  similarity_threshold: number;
  max_tokens: number;
  stop_sequences: string[];
  stream: boolean;
  extras: { search: SearchMode };
}

/** What is known of a passage; a key is absent where its format has no such position. */
export interface PassageMetadata {
  file_name?: string;
  file_path?: string;
  headings?: string[];
  page_numbers?: number[];
  line_start?: number;
  line_end?: number;
  sheet?: string;
  row_start?: number;
  row_end?: number;
  part?: string;
  stale?: boolean;
}

/** One passage an answer rests on. The score lies in [0, 1]; higher is better. */
export interface Source {
  document_id: string;
  content: string;
  metadata: PassageMetadata;
  similarity_score: number;
}

export interface References {
  documents: Source[];
  provider_info: { response_time_ms: number | null; search_engine: string | null; notes?: string[] };
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface QueryResponse {
  summary: {
    model: string;
    message: { content: string };
    finish_reason: string | null;
    usage: Usage;
  } | null;
  references: References | null;
}

/** One frame of a streamed answer: a piece of text, the end, or an error. */
export interface StreamFrame {
  choices?: { delta: { content?: string } }[];
  done?: boolean;
  references?: References | null;
  usage?: Usage | null;
  finish_reason?: string | null;
  error?: { status: number; detail: unknown };
}

export interface Neighbour {
  id: string;
  content: string;
}

/** A stored passage with the text around it. */
export interface Passage {
  id: string;
  doc_id: string;
  index: number;
  content: string;
  metadata: PassageMetadata;
  previous: Neighbour | null;
  next: Neighbour | null;
}

export interface IngestionStatus {
  scanned: boolean;
  total_jobs: number;
  pending: number;
  in_progress: number;
  completed: number;
  failed: number;
  chunks_total: number;
  chunks_embedded: number;
  eta_seconds: number | null;
  current_file: string | null;
  message: string | null;
}

/** Every operation the dashboard uses: what it takes and what it answers. */
export interface Operations {
  "GET /api/v1/health": { response: Health };
  "POST /api/v1/auth/session": { body: { admin_key: string }; response: Session };
  "DELETE /api/v1/auth/session": { response: { message: string } };
  "GET /api/v1/endpoints/": { query: { limit: number }; response: Page<Endpoint> };
  "GET /api/v1/datasets/{name}/chunks/{id}": { path: { name: string; id: string }; response: Passage };
  "GET /api/v1/ingestion/datasets/{id}/status": { path: { id: string }; response: IngestionStatus };
}
