package apptest_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"syft-space/app/apptest"
	"syft-space/app/space"
)

// inhabitant is a tenant with one of everything. All tenants of a test have
// the same names for everything; the mark stands in every text but the names.
type inhabitant struct {
	t                              *testing.T
	s                              *apptest.Space
	name, mark, tenant             string
	dataset, model, away, endpoint thing
	policies                       []string
	key, spare                     issued
	passage                        string
	ids                            []string // of every row in the database
}

// settle makes a tenant and everything in it.
func settle(t *testing.T, s *apptest.Space, name, mark string) *inhabitant {
	t.Helper()
	x := &inhabitant{t: t, s: s, name: name, mark: mark}
	docs := filepath.Join(s.Docs, name)
	if err := os.MkdirAll(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "a.md"), []byte("# Lamps by "+mark+"\n\nThe warranty of a lamp by "+mark+" is 36 months.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var tenant thing
	s.Must(http.StatusCreated, "POST", "/api/v1/tenants", map[string]any{
		"name": name, "display_name": "Tenant " + mark, "domain": mark + ".example", "metadata": map[string]any{"note": mark},
	}, &tenant)
	x.tenant = tenant.ID
	x.make("/api/v1/datasets", &x.dataset, map[string]any{
		"name": "docs", "dtype": "local_file", "summary": mark, "tags": mark,
		"configuration": map[string]any{"filePaths": []any{map[string]any{"path": docs, "description": mark}}},
	})
	x.make("/api/v1/models", &x.model, map[string]any{"name": "docs", "dtype": "extractive", "summary": mark, "tags": mark})
	x.make("/api/v1/models", &x.away, map[string]any{
		"name": "away", "dtype": "openai", "summary": mark,
		"configuration": map[string]any{"base_url": "http://127.0.0.1:1/" + mark, "api_key": "sk-" + mark, "model": mark, "system_prompt": mark},
	})
	x.make("/api/v1/endpoints", &x.endpoint, map[string]any{
		"name": "docs", "slug": "docs", "dataset_id": x.dataset.ID, "model_id": x.model.ID, "published": true,
		"description": mark, "summary": mark, "tags": mark, "system_prompt": mark,
	})
	for typ, config := range map[string]any{
		"access":     map[string]any{"allowed_users": []string{"*"}, "denied_users": []string{mark + "@example.org"}},
		"rate_limit": map[string]any{"limit": "1000/h"},
		"accounting": map[string]any{"price": 0.5},
		"pii_filter": map[string]any{"names": []string{mark + " Quibble"}},
	} {
		var made thing
		x.make("/api/v1/policies", &made, map[string]any{"name": "rule", "policy_type": typ, "endpoint_id": x.endpoint.ID, "configuration": config})
		x.policies = append(x.policies, made.ID)
	}
	for _, k := range []*issued{&x.key, &x.spare} {
		x.make("/api/v1/keys", k, map[string]any{"name": "key of " + mark, "email": mark + "@home.example", "scopes": []string{"admin"}, "endpoints": []string{"docs"}})
	}
	x.use()
	x.ids = idsOf(t, s.Data, x.tenant)
	return x
}

func (x *inhabitant) make(path string, out any, body any) {
	x.s.Must(http.StatusCreated, "POST", path, body, out, "X-Tenant-Name: "+x.name)
}

// use waits until the documents are searchable and asks a question of them, so
// that there are counts, money and events too.
func (x *inhabitant) use() {
	as := "Authorization: Bearer " + x.key.Key
	x.s.Eventually(func() string {
		var st status
		x.s.Must(200, "GET", "/api/v1/ingestion/datasets/"+x.dataset.ID+"/status", nil, &st, "X-Tenant-Name: "+x.name)
		if !st.Scanned || st.Pending+st.InProgress > 0 || st.Chunks == 0 || st.Embedded < st.Chunks {
			return fmt.Sprintf("ingestion does not end: %+v", st)
		}
		return ""
	})
	var a answer
	x.s.Must(200, "POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": "How long is the warranty of a lamp by " + x.mark + "?", "stop_sequences": []string{}, "similarity_threshold": 0}, &a, as)
	x.passage = a.References.Documents[0].ID
	x.s.Send("POST", "/api/v1/feedback", "--x\r\nContent-Disposition: form-data; name=\"category\"\r\n\r\nbug\r\n--x\r\n"+
		"Content-Disposition: form-data; name=\"description\"\r\n\r\n"+x.mark+"\r\n--x--\r\n", "Content-Type: multipart/form-data; boundary=x", as)
	x.s.Eventually(func() string { // what is written behind
		var counts []string
		for _, table := range []string{"events", "rate_counts", "ledger"} {
			counts = append(counts, column(x.t, x.s.Data, "SELECT count(*) FROM "+table+" WHERE tenant_id = ?", blob(x.tenant))...)
		}
		counts = append(counts, column(x.t, x.s.Data, "SELECT count(*) FROM api_keys WHERE tenant_id = ? AND last_used_at IS NOT NULL", blob(x.tenant))...)
		if slices.Contains(counts, "0") {
			return fmt.Sprintf("not all that a query leaves is stored: %v", counts)
		}
		return ""
	})
}

// values are what a walk fills in of its own tenant.
func (x *inhabitant) values() values {
	return values{
		path: map[string][]string{
			"datasets/{name}":      {"docs", x.dataset.ID},
			"datasets/{id}":        {x.dataset.ID},
			"chunks/{id}":          {x.passage},
			"models/{id}":          {"docs"}, // OpenAI's name for an endpoint
			"models/{name}":        {"docs", "away", x.model.ID},
			"endpoints/{slug}":     {"docs"},
			"policies/{id}":        x.policies,
			"keys/{id}":            {x.spare.ID},
			"tenants/{name}":       {x.name},
			"types/{dtype}":        {"openai"},
			"actions/{action}":     {"test"},
			"provisioners/{dtype}": {"local_file"},
		},
		body: map[string]any{
			"name": "docs", "slug": "docs", "endpoint": "docs", "endpoints": []string{"docs"}, "model": "docs",
			"dataset_id": x.dataset.ID, "model_id": x.model.ID, "endpoint_id": x.endpoint.ID,
			"marketplace_ids": []string{"550e8400-e29b-41d4-a716-446655440000"},
			"published":       true, "enabled": true, "similarity_threshold": 0, "stop_sequences": []string{},
			"query": "warranty lamp", "messages": "warranty lamp", "admin_key": adminKey,
		},
		of: map[string]map[string]any{
			"create-dataset": {"dtype": "local_file", "configuration": map[string]any{}},
			"create-model":   {"dtype": "extractive"},
			"model-action": {"name": "away", "configuration": map[string]any{
				"model": "m", "api_key": space.SecretMask, "base_url": "http://127.0.0.1:1",
			}},
			"create-policy": {"configuration": map[string]any{"limit": "9/h"}},
			"openai-chat":   {"messages": []any{map[string]any{"role": "user", "content": "warranty lamp"}}},
			"mcp":           {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
		},
	}
}

// foreign are the values of a walk that names another's things by their ids.
func (x *inhabitant) foreign() values {
	v := x.values()
	for segment, list := range v.path {
		if ids := slices.DeleteFunc(slices.Clone(list), func(value string) bool { return len(value) < len(x.tenant) }); len(ids) > 0 {
			v.path[segment] = ids
		}
	}
	v.of["model-action"]["name"] = x.away.ID
	return v
}

// TestNoRouteReachesIntoAnotherTenant calls every operation of the document
// with one tenant's key: by the names that the other has too, and with the
// other's ids. Nothing of the other's may be in an answer, and none of its
// rows may change.
func TestNoRouteReachesIntoAnotherTenant(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{
		"auth.admin_key": adminKey, "tenancy.enabled": true, "privacy.store_query_text": true,
	}})
	own, other := settle(t, s, "alpha", "aardvark"), settle(t, s, "beta", "zebrafinch")
	before := rowsOf(t, s.Data, "<>", own.tenant)
	w := &walk{t: t, s: s, own: own, other: other, reached: map[string]bool{}}
	d := readDocument(t, s)
	ops := d.operations()
	for _, op := range ops {
		if op.method == "DELETE" { // a dataset in use is refused the first time
			ops = append(ops, op)
		}
	}
	for _, op := range ops {
		w.call(d, op, own.values())
		w.call(d, op, other.foreign())
	}
	for _, op := range ops {
		if !w.reached[op.OperationID] {
			t.Errorf("%s never came to its handler: tell this test a body that is valid", op.OperationID)
		}
	}
	if w.seen < 20 {
		t.Errorf("only %d answers hold what is one's own", w.seen)
	}
	if after := rowsOf(t, s.Data, "<>", own.tenant); after != before {
		t.Errorf("rows of others changed:\n%s\nwere:\n%s", after, before)
	}
	if leak := other.found(rowsOf(t, s.Data, "=", own.tenant), ""); leak != "" {
		t.Errorf("%q of the other stands in rows of one's own", leak)
	}
}

// walk calls operations as one tenant and looks for what is another's.
type walk struct {
	t          *testing.T
	s          *apptest.Space
	own, other *inhabitant
	reached    map[string]bool // operations that came to their handler
	seen       int             // answers that hold what is one's own
}

func (w *walk) call(d document, op operationDoc, v values) {
	contentType, body := v.content(w.t, d, op)
	for _, path := range v.paths(w.t, op.path) {
		for _, header := range []string{"X-Nothing: ", "X-Tenant-Name: " + w.other.name} {
			a := send(w.t, w.s.URL+path+v.query(op), op.method, contentType, body, "Authorization: Bearer "+w.own.key.Key, header,
				"Accept: application/json, text/event-stream") // MCP wants both
			sent := path + v.query(op) + body
			if leak := w.other.found(a.Body+fmt.Sprint(a.Header), sent); leak != "" {
				w.t.Errorf("%s %s (%d) tells %q of the other tenant: %s", op.method, path, a.Status, leak, a.Body)
			}
			if w.other.found(path+body, "") != "" && (a.Status < 400 || a.Status >= 500) {
				w.t.Errorf("%s %s answers %d to an id of the other tenant: %s", op.method, path, a.Status, a.Body)
			}
			if !slices.Contains([]int{400, 405, 415, 422}, a.Status) {
				w.reached[op.OperationID] = true
			}
			if strings.Contains(a.Body, w.own.mark) {
				w.seen++
			}
		}
	}
}

// found returns what of the tenant's stands in a text, other than what the
// caller sent.
func (x *inhabitant) found(text, sent string) string {
	if strings.Contains(text, x.mark) {
		return x.mark
	}
	for _, id := range x.ids {
		if strings.Contains(text, id) && !strings.Contains(sent, id) {
			return id
		}
	}
	return ""
}

func blob(id string) []byte { parsed := uuid.MustParse(id); return parsed[:] }

// tablesOf are the tables with rows of tenants.
func tablesOf(t *testing.T, data string) []string {
	t.Helper()
	return column(t, data, `SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'tenant_id' ORDER BY m.name`)
}

// idsOf returns the ids of all rows of a tenant.
func idsOf(t *testing.T, data, tenant string) []string {
	t.Helper()
	ids := []string{tenant}
	for _, table := range tablesOf(t, data) {
		columns := column(t, data, "SELECT name FROM pragma_table_info(?) WHERE name = 'id' AND type = 'BLOB'", table)
		if len(columns) == 0 {
			continue
		}
		for _, id := range column(t, data, "SELECT hex(id) FROM "+table+" WHERE tenant_id = ?", blob(tenant)) {
			ids = append(ids, uuid.MustParse(id).String())
		}
	}
	return ids
}

// rowsOf writes down the rows of a tenant, or with <> those of all others.
func rowsOf(t *testing.T, data, compare, tenant string) string {
	t.Helper()
	db := openDatabase(t, data)
	var b strings.Builder
	dump := func(table, where string) {
		rows, err := db.Query("SELECT * FROM "+table+" WHERE "+where+compare+" ?", blob(tenant))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			fmt.Fprintln(&b, table, cells(t, rows))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range tablesOf(t, data) {
		dump(table, "tenant_id ")
	}
	dump("tenants", "id ")
	return b.String()
}

// cells renders a row; what is 16 bytes long is an id.
func cells(t *testing.T, rows *sql.Rows) []string {
	t.Helper()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = &values[i]
	}
	if err := rows.Scan(dest...); err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(columns))
	for i, v := range values {
		b, isBlob := v.([]byte)
		id, err := uuid.FromBytes(b)
		switch {
		case isBlob && err == nil:
			out[i] = columns[i] + "=" + id.String()
		case isBlob:
			out[i] = fmt.Sprintf("%s=%x", columns[i], b)
		default:
			out[i] = fmt.Sprintf("%s=%v", columns[i], v)
		}
	}
	return out
}
