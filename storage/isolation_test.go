package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// things is one of everything that a tenant can have.
type things struct {
	db      *DB
	ids     []uuid.UUID
	names   []string
	rows    []int64
	dataset space.Dataset
	job     space.Job
	money   space.Reservation
}

// populate gives the root tenant one of everything.
func populate(t *testing.T) *things {
	t.Helper()
	db := open(t)
	ctx := t.Context()
	x := &things{db: db, dataset: addDataset(t, db, root, "rootdata")}
	model := space.Model{ID: uuid.New(), Name: "rootmodel"}
	check(t, db.CreateModel(ctx, root, model))
	endpoint := space.Endpoint{ID: uuid.New(), Slug: "rootslug", DatasetID: &x.dataset.ID, ModelID: &model.ID}
	check(t, db.CreateEndpoint(ctx, root, endpoint))
	policy := space.Policy{ID: uuid.New(), EndpointID: endpoint.ID, Enabled: true}
	check(t, db.CreatePolicy(ctx, root, policy))
	key := space.APIKey{ID: uuid.New(), Hash: []byte("h")}
	check(t, db.CreateKey(ctx, root, key))
	check(t, db.SetSetting(ctx, root, "rootsetting", json.RawMessage(`1`)))
	x.money = reservation(db, 100)
	check(t, db.Reserve(ctx, root, x.money, nil))
	check(t, db.RecordEvents(ctx, []space.QueryEvent{{ID: uuid.New(), Tenant: root, Text: "roottext", EndpointID: endpoint.ID, CreatedAt: db.clock()}}))
	binding := bind(t, db, x.dataset, "e")
	doc := ingest(t, db, x.dataset, "/docs/root.md", "one", "two")
	embedAll(t, db, x.dataset, binding)
	ingest(t, db, x.dataset, "/docs/root.md", "one", "three")
	for _, state := range []space.JobStatus{space.JobFailed, space.JobCancelled} {
		must[int](t)(db.UpsertJobs(ctx, root, x.dataset.ID, []space.Job{{Path: "/docs/" + string(state), Status: state}}))
	}
	x.job = claim(t, db, x.dataset, "/docs/inhand.md")
	_, rows := texts(t, db, x.dataset, doc)
	for _, row := range rows {
		x.rows = append(x.rows, row)
	}
	x.ids = []uuid.UUID{x.dataset.ID, model.ID, endpoint.ID, policy.ID, key.ID, x.money.ID, doc, x.job.ID}
	x.names = []string{"rootdata", x.dataset.ID.String(), "rootmodel", model.ID.String(), "rootslug", "rootsetting", "/docs/root.md",
		space.PassageID(doc, 0), binding, must[space.Document](t)(db.Document(ctx, root, doc)).Hash}
	return x
}

// candidates are the arguments of a type that a stranger would try.
func (x *things) candidates(typ reflect.Type) []any {
	id := x.ids[0]
	many := map[reflect.Type][]any{
		reflect.TypeFor[uuid.UUID]():            anys(x.ids),
		reflect.TypeFor[string]():               anys(x.names),
		reflect.TypeFor[[]uuid.UUID]():          {x.ids},
		reflect.TypeFor[*uuid.UUID]():           {(*uuid.UUID)(nil), &x.ids[2]},
		reflect.TypeFor[[]string]():             {[]string{keyOf("one"), keyOf("three")}},
		reflect.TypeFor[[]int64]():              {x.rows},
		reflect.TypeFor[int]():                  {0, 10},
		reflect.TypeFor[bool]():                 {true},
		reflect.TypeFor[time.Time]():            {x.db.clock().Add(time.Hour)},
		reflect.TypeFor[time.Duration]():        {time.Hour},
		reflect.TypeFor[json.RawMessage]():      {json.RawMessage(`2`)},
		reflect.TypeFor[[]float32]():            {[]float32{9, 9, 9, 9}},
		reflect.TypeFor[space.Micros]():         {space.Micros(1)},
		reflect.TypeFor[space.Page]():           {space.AllRows},
		reflect.TypeFor[space.JobStatus]():      {space.JobStatus(""), space.JobFailed},
		reflect.TypeFor[space.Dataset]():        {space.Dataset{ID: id, Name: "rootdata"}},
		reflect.TypeFor[space.DatasetPatch]():   {space.DatasetPatch{Name: ptr("stolen")}},
		reflect.TypeFor[space.Model]():          {space.Model{ID: x.ids[1], Name: "rootmodel"}},
		reflect.TypeFor[space.ModelPatch]():     {space.ModelPatch{Name: ptr("stolen")}},
		reflect.TypeFor[space.Endpoint]():       {space.Endpoint{ID: x.ids[2], Slug: "rootslug"}, space.Endpoint{ID: uuid.New(), Slug: "x", DatasetID: &x.ids[0]}, space.Endpoint{ID: uuid.New(), Slug: "y", ModelID: &x.ids[1]}},
		reflect.TypeFor[space.EndpointPatch]():  {space.EndpointPatch{Name: ptr("stolen")}},
		reflect.TypeFor[space.EndpointFilter](): {space.EndpointFilter{}, space.EndpointFilter{DatasetID: &x.ids[0]}, space.EndpointFilter{ModelID: &x.ids[1]}},
		reflect.TypeFor[space.Policy]():         {space.Policy{ID: uuid.New(), EndpointID: x.ids[2]}, space.Policy{ID: x.ids[3], EndpointID: x.ids[2]}},
		reflect.TypeFor[space.PolicyPatch]():    {space.PolicyPatch{Enabled: ptr(false)}},
		reflect.TypeFor[space.APIKey]():         {space.APIKey{ID: x.ids[4], Hash: []byte("h")}},
		reflect.TypeFor[space.APIKeyPatch]():    {space.APIKeyPatch{Name: ptr("stolen")}},
		reflect.TypeFor[space.Reservation]():    {space.Reservation{ID: x.ids[5], Amount: 5}, x.money},
		reflect.TypeFor[*space.Budget]():        {(*space.Budget)(nil)},
		reflect.TypeFor[space.AnalyticsQuery](): {space.AnalyticsQuery{Since: time.Unix(0, 0), Until: time.Unix(1, 0)}, space.AnalyticsQuery{Since: x.db.clock().Add(-time.Hour), Until: x.db.clock().Add(time.Hour)}},
		reflect.TypeFor[space.LedgerFilter]():   {space.LedgerFilter{}, space.LedgerFilter{EndpointID: &x.ids[2]}, space.LedgerFilter{UserEmail: "a@b.c"}},
		reflect.TypeFor[space.Feedback]():       {space.Feedback{ID: uuid.New()}},
		reflect.TypeFor[space.Job]():            {space.Job{ID: x.job.ID, DatasetID: id, Status: space.JobFailed}},
		reflect.TypeFor[[]space.Job]():          {[]space.Job{{ID: x.job.ID, Path: x.job.Path, Status: space.JobFailed}}},
		reflect.TypeFor[space.DocumentWrite]():  {writeOf(x.job, uuid.New(), "x"), writeOf(x.job, x.ids[6], "x")},
		reflect.TypeFor[space.DocumentPath]():   {space.DocumentPath{Path: "/docs/stolen.md", Rel: "stolen.md"}},
		reflect.TypeFor[space.Binding]():        {space.Binding{DatasetID: id, Active: true, Info: space.EmbedderInfo{ID: "e", Dimension: 4}}, space.Binding{DatasetID: id, Active: true, Info: space.EmbedderInfo{ID: "f", Dimension: 4}}},
		reflect.TypeFor[[]space.VectorWrite]():  {[]space.VectorWrite{{Row: x.rows[0], Vector: []float32{9, 9, 9, 9}, Code: []byte{1}}}},
		reflect.TypeFor[[]space.Filter]():       {[]space.Filter(nil)},
		reflect.TypeFor[int64]():                {int64(0), int64(1)},
	}
	return many[typ]
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// TestNoMethodReachesIntoAnotherTenant calls every method that takes a tenant
// as another tenant, with everything that the root tenant has as arguments.
func TestNoMethodReachesIntoAnotherTenant(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[*DB]()
	tested := 0
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() < 3 || m.Type.In(2) != reflect.TypeFor[space.TenantID]() {
			continue
		}
		tested++
		if m.Name == "TenantByID" {
			continue // it is about tenants themselves
		}
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			x := populate(t)
			stranger := otherTenant(t, x.db)
			before := dump(t, x.db)
			calls := [][]reflect.Value{{reflect.ValueOf(x.db), reflect.ValueOf(t.Context()), reflect.ValueOf(stranger)}}
			for p := 3; p < m.Type.NumIn(); p++ {
				options := x.candidates(m.Type.In(p))
				if len(options) == 0 {
					t.Fatalf("no candidates of %v", m.Type.In(p))
				}
				var more [][]reflect.Value
				for _, call := range calls {
					for _, o := range options {
						more = append(more, append(slices.Clone(call), reflect.ValueOf(o)))
					}
				}
				calls = more
			}
			for _, call := range calls {
				var out []reflect.Value
				if m.Type.IsVariadic() {
					out = m.Func.CallSlice(call)
				} else {
					out = m.Func.Call(call)
				}
				for _, v := range out {
					if s := leak(v); s != "" {
						t.Errorf("%s(%v) gives %s", m.Name, call[3:], s)
					}
				}
			}
			waitSwept(t, x.db)
			if after := dump(t, x.db); after != before {
				t.Errorf("%s changed rows of another tenant", m.Name)
			}
		})
	}
	if tested < 60 {
		t.Errorf("only %d methods take a tenant", tested)
	}
}

// leak describes what a result holds, "" where it is empty or an error.
func leak(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface: // an error
		return ""
	case reflect.Func: // an iterator
		for first, second := range v.Seq2() {
			if second.IsNil() {
				return fmt.Sprintf("%+v", first)
			}
		}
		return ""
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return "" // the steps of a time series
		}
		for i := range v.NumField() {
			if s := leak(v.Field(i)); s != "" {
				return s
			}
		}
		return ""
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]space.TimePoint]() {
			for i := range v.Len() {
				if s := leak(v.Index(i)); s != "" {
					return s
				}
			}
			return ""
		}
		if v.Len() == 0 {
			return ""
		}
	case reflect.Map:
		if v.Len() == 0 {
			return ""
		}
	}
	if v.IsZero() {
		return ""
	}
	return fmt.Sprintf("%+v", v)
}

// dump writes down every row of the root tenant.
func dump(t *testing.T, db *DB) string {
	t.Helper()
	var b strings.Builder
	check(t, db.read(context.Background(), func(c *conn) error {
		for _, table := range tenantTables(t, c) {
			rows, err := c.raw.QueryContext(context.Background(), "SELECT * FROM "+table+" WHERE tenant_id = ?", root.UUID[:])
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, len(columns))
				dest := make([]any, len(columns))
				for i := range values {
					dest[i] = &values[i]
				}
				if err := rows.Scan(dest...); err != nil {
					return err
				}
				fmt.Fprintln(&b, table, values)
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
	return b.String()
}

// tenantTables returns the tables that carry tenant_id, and fails for one that
// should and does not.
func tenantTables(t *testing.T, c *conn) []string {
	t.Helper()
	whole := []string{"goose_db_version", "meta", "sequence", "sessions", "sqlite_sequence", "sqlite_stat1", "tenants"}
	tables := must[[]string](t)(all(context.Background(), c, func(row scanner) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, `SELECT m.name FROM sqlite_schema m WHERE m.type = 'table' ORDER BY m.name`))
	var list []string
	for _, table := range tables {
		var has bool
		check(t, one(context.Background(), c, `SELECT count(*) FROM pragma_table_info(?) WHERE name = 'tenant_id'`, []any{table}, &has))
		switch {
		case has:
			list = append(list, table)
		case !slices.Contains(whole, table):
			t.Errorf("table %s carries no tenant", table)
		}
	}
	return list
}
