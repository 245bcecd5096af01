package apptest_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
)

// ledgerRow is what tests read of a row of the ledger.
type ledgerRow struct {
	Slug          string `json:"endpoint_slug"`
	UserEmail     string `json:"user_email"`
	Kind          string
	From, To      string
	Amount        float64
	Currency      string
	TransactionID *string `json:"transaction_id"`
	QueryID       string  `json:"query_id"`
}

type ledgerPage struct {
	Items []ledgerRow
	Total int
}

func TestTheLedgerTellsEveryStepOfMoney(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	makeEndpoint(t, s)
	var endpoint thing
	s.Must(http.StatusOK, "GET", "/api/v1/endpoints/docs", nil, &endpoint)
	s.Must(http.StatusCreated, "POST", "/api/v1/policies", map[string]any{
		"name": "price", "policy_type": "accounting", "endpoint_id": endpoint.ID,
		"configuration": map[string]any{"price": 0.000003, "currency": "EUR", "pricing_mode": "per_document"},
	}, nil)
	ask(s, "How long is the warranty of a lamp?") // five passages are asked for, and there are fewer
	var page ledgerPage
	a := s.Must(http.StatusOK, "GET", "/api/v1/ledger", nil, &page)
	queries := map[string]bool{}
	got := map[string]ledgerRow{}
	for _, r := range page.Items {
		queries[r.QueryID] = true
		r.QueryID = ""
		got[r.Kind] = r
	}
	if len(queries) != 1 || queries[""] {
		t.Errorf("the rows are of queries %v", queries)
	}
	row := func(kind, from, to string, amount float64) ledgerRow {
		return ledgerRow{Slug: "docs", UserEmail: "owner@localhost", Kind: kind, From: from, To: to, Amount: amount, Currency: "EUR"}
	}
	want := map[string]ledgerRow{
		"reserve": row("reserve", "payer", "held", 0.000015),
		"settle":  row("settle", "held", "owner", 0.000015-got["refund"].Amount),
		"refund":  row("refund", "held", "payer", got["refund"].Amount),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(a.Body, `"amount":0.000015,`) || len(regexp.MustCompile(`"amount":0\.\d{6},`).FindAllString(a.Body, -1)) != 3 {
		t.Errorf("amounts are not plain decimals: %s", a.Body)
	}
	for query, want := range map[string]int{
		"": 3, "?kind=settle": 1, "?user_email=" + url.QueryEscape(" Owner@LOCALHOST"): 3, "?user_email=nobody@x.org": 0,
		"?endpoint_id=" + endpoint.ID: 3, "?endpoint_id=550e8400-e29b-41d4-a716-446655440000": 0,
		"?kind=refund&endpoint_id=" + endpoint.ID: 1, "?skip=2&limit=1": 3,
	} {
		var p ledgerPage
		s.Must(http.StatusOK, "GET", "/api/v1/ledger"+query, nil, &p)
		if p.Total != want {
			t.Errorf("%q selects %d rows, not %d", query, p.Total, want)
		}
	}
	if a := s.Send("GET", "/api/v1/ledger?kind=gift", nil); a.Status != 422 || !strings.Contains(a.Body, "type_error.enum") {
		t.Errorf("an unknown kind: %d %s", a.Status, a.Body)
	}
	rows := readCSV(t, s.Must(http.StatusOK, "GET", "/api/v1/ledger/export?kind=reserve", nil, nil))
	if len(rows) != 2 || rows[1][3] != "owner@localhost" || rows[1][7] != "0.000015" || rows[1][5]+rows[1][6] != "payerheld" {
		t.Errorf("the file has %q", rows)
	}
	metrics := s.Must(http.StatusOK, "GET", "/metrics", nil, nil).Body
	if !strings.Contains(metrics, `syft_ledger_amount_total{currency="EUR",kind="reserve"} 1.5e-05`) {
		t.Error("the ledger's totals are not among the metrics")
	}
}
