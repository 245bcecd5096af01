-- Conventions: identifiers are UUIDs as BLOB(16); instants are integer
-- microseconds since 1970 in UTC, 0 standing for "never" where a column has no
-- NULL; lists and objects are JSON text; booleans are 0 and 1. Every table
-- carries tenant_id, but for the few that belong to the whole database.

-- +goose Up

CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The one counter from which every change that indexes follow takes a number.
CREATE TABLE sequence (
  id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO sequence (id, value) VALUES (1, 0);

CREATE TABLE tenants (
  id           BLOB    NOT NULL PRIMARY KEY,
  name         TEXT    NOT NULL UNIQUE,
  display_name TEXT    NOT NULL,
  domain       TEXT    NOT NULL,
  metadata     TEXT    NOT NULL CHECK (json_valid(metadata)),
  active       INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
-- Opening a new database fills in the instants from the program's clock.
INSERT INTO tenants (id, name, display_name, domain, metadata, active, created_at, updated_at)
VALUES (X'00000000000040008000000000000001', 'root', 'Root', '', '{}', 1, 0, 0);

CREATE TABLE datasets (
  id            BLOB    NOT NULL PRIMARY KEY,
  tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
  name          TEXT    NOT NULL,
  type          TEXT    NOT NULL,
  configuration TEXT    NOT NULL CHECK (json_valid(configuration)),
  summary       TEXT    NOT NULL,
  tags          TEXT    NOT NULL,
  stopped       INTEGER NOT NULL,
  deleting      INTEGER NOT NULL DEFAULT 0, -- gone for everybody but the sweep
  claimed_at    INTEGER NOT NULL DEFAULT 0, -- last claim of a job, for fairness
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX datasets_name ON datasets (tenant_id, name) WHERE deleting = 0;
CREATE INDEX datasets_age ON datasets (tenant_id, created_at, id);

CREATE TABLE models (
  id            BLOB    NOT NULL PRIMARY KEY,
  tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
  name          TEXT    NOT NULL,
  type          TEXT    NOT NULL,
  configuration TEXT    NOT NULL CHECK (json_valid(configuration)),
  summary       TEXT    NOT NULL,
  tags          TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (tenant_id, name)
) STRICT;
CREATE INDEX models_age ON models (tenant_id, created_at, id);

CREATE TABLE endpoints (
  id            BLOB    NOT NULL PRIMARY KEY,
  tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
  name          TEXT    NOT NULL,
  slug          TEXT    NOT NULL,
  description   TEXT    NOT NULL,
  summary       TEXT    NOT NULL,
  dataset_id    BLOB REFERENCES datasets (id),
  model_id      BLOB REFERENCES models (id),
  response_type TEXT    NOT NULL,
  published     INTEGER NOT NULL,
  archived      INTEGER NOT NULL,
  tags          TEXT    NOT NULL,
  system_prompt TEXT,
  published_to  TEXT    NOT NULL CHECK (json_valid(published_to)),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  UNIQUE (tenant_id, slug)
) STRICT;
CREATE INDEX endpoints_age ON endpoints (tenant_id, created_at, id);
CREATE INDEX endpoints_dataset ON endpoints (dataset_id);
CREATE INDEX endpoints_model ON endpoints (model_id);

CREATE TABLE policies (
  id            BLOB    NOT NULL PRIMARY KEY,
  tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
  endpoint_id   BLOB    NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  name          TEXT    NOT NULL,
  type          TEXT    NOT NULL,
  configuration TEXT    NOT NULL CHECK (json_valid(configuration)),
  enabled       INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX policies_age ON policies (tenant_id, created_at, id);
CREATE INDEX policies_endpoint ON policies (endpoint_id, created_at, id);

CREATE TABLE rate_counts (
  policy_id  BLOB    NOT NULL REFERENCES policies (id) ON DELETE CASCADE,
  key        TEXT    NOT NULL,
  tenant_id  BLOB    NOT NULL,
  count      INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (policy_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id           BLOB    NOT NULL PRIMARY KEY,
  tenant_id    BLOB    NOT NULL REFERENCES tenants (id),
  hash         BLOB    NOT NULL UNIQUE,
  prefix       TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  email        TEXT    NOT NULL,
  scopes       TEXT    NOT NULL CHECK (json_valid(scopes)),
  endpoints    TEXT    NOT NULL CHECK (json_valid(endpoints)),
  expires_at   INTEGER,
  last_used_at INTEGER,
  revoked_at   INTEGER,
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_age ON api_keys (tenant_id, created_at, id);

-- The owner's sign-ins, who is above all tenants.
CREATE TABLE sessions (
  hash       BLOB    NOT NULL PRIMARY KEY,
  csrf       TEXT    NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
  name       TEXT    NOT NULL,
  value      TEXT    NOT NULL CHECK (json_valid(value)),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  id             BLOB    NOT NULL PRIMARY KEY,
  tenant_id      BLOB    NOT NULL REFERENCES tenants (id),
  endpoint_id    BLOB    NOT NULL,
  endpoint_slug  TEXT    NOT NULL,
  policy_id      BLOB    NOT NULL,
  user_email     TEXT    NOT NULL,
  amount         INTEGER NOT NULL CHECK (amount > 0),
  currency       TEXT    NOT NULL,
  transaction_id TEXT    NOT NULL,
  query_id       BLOB    NOT NULL,
  settled        INTEGER CHECK (settled BETWEEN 0 AND amount), -- NULL while open; the rest was refunded
  created_at     INTEGER NOT NULL,
  closed_at      INTEGER,
  CHECK ((settled IS NULL) = (closed_at IS NULL))
) STRICT;
CREATE INDEX reservations_budget ON reservations (policy_id, user_email, currency, created_at);
CREATE INDEX reservations_open ON reservations (created_at) WHERE settled IS NULL;

CREATE TABLE ledger (
  id             BLOB    NOT NULL PRIMARY KEY,
  tenant_id      BLOB    NOT NULL REFERENCES tenants (id),
  reservation_id BLOB    NOT NULL REFERENCES reservations (id),
  kind           TEXT    NOT NULL CHECK (kind IN ('reserve', 'settle', 'refund')),
  from_account   TEXT    NOT NULL CHECK (from_account IN ('payer', 'held')),
  to_account     TEXT    NOT NULL CHECK (to_account IN ('payer', 'held', 'owner')),
  amount         INTEGER NOT NULL CHECK (amount > 0),
  created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_age ON ledger (tenant_id, created_at, id);
CREATE INDEX ledger_reservation ON ledger (reservation_id);

CREATE TABLE events (
  id                BLOB    NOT NULL PRIMARY KEY,
  tenant_id         BLOB    NOT NULL REFERENCES tenants (id),
  endpoint_id       BLOB,
  endpoint_slug     TEXT    NOT NULL,
  dataset_id        BLOB,
  model_id          BLOB,
  user_email        TEXT    NOT NULL,
  text              TEXT    NOT NULL,
  outcome           TEXT    NOT NULL,
  status            INTEGER NOT NULL,
  documents         INTEGER NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL,
  total_tokens      INTEGER NOT NULL,
  search_us         INTEGER NOT NULL,
  first_token_us    INTEGER NOT NULL,
  total_us          INTEGER NOT NULL,
  created_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX events_age ON events (tenant_id, created_at, id);
CREATE INDEX events_text ON events (created_at) WHERE text <> '';

CREATE TABLE feedback (
  id          BLOB    NOT NULL PRIMARY KEY,
  tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
  category    TEXT    NOT NULL,
  description TEXT    NOT NULL,
  page_url    TEXT    NOT NULL,
  screenshot  BLOB,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE documents (
  id            BLOB    NOT NULL PRIMARY KEY,
  tenant_id     BLOB    NOT NULL REFERENCES tenants (id),
  dataset_id    BLOB    NOT NULL REFERENCES datasets (id),
  hash          TEXT    NOT NULL,
  title         TEXT    NOT NULL,
  file_type     TEXT    NOT NULL,
  metadata      TEXT    NOT NULL CHECK (json_valid(metadata)),
  chunk_version TEXT    NOT NULL,
  stale         INTEGER NOT NULL,
  passages      INTEGER NOT NULL, -- how many it has, kept beside them
  ingested_at   INTEGER NOT NULL,
  UNIQUE (dataset_id, hash)
) STRICT;
CREATE INDEX documents_age ON documents (dataset_id, ingested_at, id);

CREATE TABLE document_paths (
  id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- in order of age
  tenant_id   BLOB    NOT NULL REFERENCES tenants (id),
  dataset_id  BLOB    NOT NULL REFERENCES datasets (id),
  document_id BLOB    NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  path        TEXT    NOT NULL,
  rel         TEXT    NOT NULL,
  UNIQUE (dataset_id, path)
) STRICT;
CREATE INDEX document_paths_document ON document_paths (document_id);
CREATE INDEX document_paths_rel ON document_paths (dataset_id, rel);

-- What the word index reads; the text itself stands apart, so that loading an
-- index does not read past it.
CREATE TABLE passages (
  row         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  tenant_id   BLOB    NOT NULL,
  dataset_id  BLOB    NOT NULL,
  document_id BLOB    NOT NULL REFERENCES documents (id),
  position    INTEGER NOT NULL, -- 0-based within the document
  seq         INTEGER NOT NULL,
  text_hash   INTEGER NOT NULL, -- see textHash
  analysis    INTEGER NOT NULL, -- version of the analysis behind terms
  terms       BLOB    NOT NULL
) STRICT;
CREATE INDEX passages_seq ON passages (dataset_id, seq);
CREATE INDEX passages_document ON passages (document_id, position);
CREATE INDEX passages_analysis ON passages (analysis);

CREATE TABLE passage_texts (
  row       INTEGER NOT NULL PRIMARY KEY REFERENCES passages (row) ON DELETE CASCADE,
  tenant_id BLOB    NOT NULL,
  headings  TEXT    NOT NULL CHECK (json_valid(headings)),
  place     TEXT    NOT NULL CHECK (json_valid(place)),
  text      TEXT    NOT NULL
) STRICT;

CREATE TABLE bindings (
  id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  tenant_id  BLOB    NOT NULL REFERENCES tenants (id),
  dataset_id BLOB    NOT NULL REFERENCES datasets (id),
  name       TEXT    NOT NULL, -- EmbedderInfo.Binding
  info       TEXT    NOT NULL CHECK (json_valid(info)),
  active     INTEGER NOT NULL,
  dropped    INTEGER NOT NULL DEFAULT 0, -- gone for everybody but the sweep
  centre     BLOB,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX bindings_name ON bindings (dataset_id, name) WHERE dropped = 0;
CREATE UNIQUE INDEX bindings_active ON bindings (dataset_id) WHERE active = 1;
CREATE INDEX bindings_dataset ON bindings (dataset_id);

-- Vectors are little-endian float32. They are also the cache of embeddings,
-- found by key: the first half of the SHA-256 of the text that was embedded.
CREATE TABLE vectors (
  seq        INTEGER NOT NULL PRIMARY KEY,
  tenant_id  BLOB    NOT NULL,
  binding_id INTEGER NOT NULL REFERENCES bindings (id),
  row        INTEGER NOT NULL REFERENCES passages (row) ON DELETE CASCADE,
  key        BLOB,
  code       BLOB,
  vector     BLOB    NOT NULL,
  UNIQUE (row, binding_id)
) STRICT;
CREATE INDEX vectors_binding ON vectors (binding_id);
CREATE INDEX vectors_key ON vectors (key) WHERE key IS NOT NULL;
CREATE INDEX vectors_codeless ON vectors (binding_id) WHERE code IS NULL;

-- The embedding queue: passages that lack a vector of a binding.
CREATE TABLE unembedded (
  binding_id INTEGER NOT NULL REFERENCES bindings (id),
  row        INTEGER NOT NULL,
  tenant_id  BLOB    NOT NULL,
  PRIMARY KEY (binding_id, row)
) STRICT, WITHOUT ROWID;

-- Tombstones of passages, one for each run of neighbouring rows: row
-- first_row + i went at seq + i, for i below count.
CREATE TABLE gone (
  seq        INTEGER NOT NULL PRIMARY KEY,
  tenant_id  BLOB    NOT NULL,
  dataset_id BLOB    NOT NULL REFERENCES datasets (id),
  first_row  INTEGER NOT NULL,
  count      INTEGER NOT NULL CHECK (count > 0)
) STRICT;
CREATE INDEX gone_dataset ON gone (dataset_id);

CREATE TABLE jobs (
  id           BLOB    NOT NULL PRIMARY KEY,
  tenant_id    BLOB    NOT NULL REFERENCES tenants (id),
  dataset_id   BLOB    NOT NULL REFERENCES datasets (id),
  path         TEXT    NOT NULL,
  pick         TEXT    NOT NULL,
  size         INTEGER NOT NULL,
  modified_at  INTEGER NOT NULL,
  hash         TEXT    NOT NULL, -- of the bytes last ingested, '' before that
  status       TEXT    NOT NULL CHECK (status IN ('pending', 'in_progress', 'completed', 'failed', 'cancelled', 'deleted')),
  message      TEXT    NOT NULL,
  tries        INTEGER NOT NULL,
  document_id  BLOB,
  chunks       INTEGER NOT NULL,
  not_before   INTEGER NOT NULL,
  lease_until  INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  started_at   INTEGER,
  completed_at INTEGER,
  UNIQUE (dataset_id, path)
) STRICT;
CREATE INDEX jobs_age ON jobs (dataset_id, created_at);
CREATE INDEX jobs_status ON jobs (dataset_id, status, created_at);
CREATE INDEX jobs_waiting ON jobs (dataset_id, not_before, created_at) WHERE status = 'pending';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE status = 'in_progress';
CREATE INDEX jobs_document ON jobs (document_id) WHERE document_id IS NOT NULL;
