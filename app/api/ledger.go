package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"syft-space/app/space"
)

// money is an amount as a JSON number with at most six decimals, exact.
type money space.Micros

// MarshalJSON implements json.Marshaler.
func (m money) MarshalJSON() ([]byte, error) { return []byte(space.Micros(m).String()), nil }

// Schema implements huma.SchemaProvider.
func (money) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeNumber}
}

// ledgerRow is one step of money.
type ledgerRow struct {
	ID            uuid.UUID `json:"id" format:"uuid" doc:"Of this row"`
	CreatedAt     time.Time `json:"created_at" doc:"When it was written"`
	EndpointSlug  string    `json:"endpoint_slug" doc:"Endpoint that was queried, by the slug it had" example:"legal-qa"`
	UserEmail     string    `json:"user_email" doc:"Who pays" example:"ada@example.org"`
	Kind          string    `json:"kind" enum:"reserve,settle,refund" doc:"What was done" example:"settle"`
	From          string    `json:"from" enum:"payer,held,owner" doc:"Account that gives" example:"held"`
	To            string    `json:"to" enum:"payer,held,owner" doc:"Account that takes" example:"owner"`
	Amount        money     `json:"amount" doc:"Above zero, with at most six decimals" example:"0.05"`
	Currency      string    `json:"currency" doc:"Of the amount" example:"USD"`
	TransactionID *string   `json:"transaction_id" nullable:"true" doc:"At the accounting service; null without one" example:"tx-81"`
	QueryID       uuid.UUID `json:"query_id" format:"uuid" doc:"The query that cost it"`
}

func wireLedgerRow(e space.LedgerEntry) ledgerRow {
	return ledgerRow{
		ID: e.ID, CreatedAt: e.CreatedAt, EndpointSlug: e.EndpointSlug, UserEmail: e.UserEmail, Kind: string(e.Kind),
		From: string(e.From), To: string(e.To), Amount: money(e.Amount), Currency: e.Currency,
		TransactionID: orNull(e.TransactionID), QueryID: e.QueryID,
	}
}

// LedgerParams choose rows of the ledger.
type LedgerParams struct {
	Caller
	EndpointID uuid.UUID `query:"endpoint_id" format:"uuid" doc:"Only what queries of this endpoint cost"`
	UserEmail  string    `query:"user_email" maxLength:"320" doc:"Only what this person pays" example:"ada@example.org"`
	Kind       string    `query:"kind" enum:"reserve,settle,refund" doc:"Only rows of this kind"`
}

func (p LedgerParams) filter() space.LedgerFilter {
	return space.LedgerFilter{EndpointID: idOrNil(p.EndpointID), UserEmail: p.UserEmail, Kind: space.LedgerKind(p.Kind)}
}

func (s *server) ledgerRoutes() {
	const tag, base = "Analytics", Prefix + "/ledger"
	register(s, operation{
		method: http.MethodGet, path: base, id: "list-ledger", tag: tag, summary: "List the steps of money",
		description: "What queries cost, in a ledger that always balances: reserve moves an amount from the payer to held, " +
			"settle from there to the owner, refund back to the payer. All filters must fit.",
	}, func(ctx context.Context, in *struct {
		LedgerParams
		PageParams
	}) (*body[pageOf[ledgerRow]], error) {
		list, err := s.Ledger.List(ctx, in.tenant(), in.filter(), in.page())
		if err != nil {
			return nil, err
		}
		return toPage(list, in.PageParams, wireLedgerRow), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/export", id: "export-ledger", tag: tag, summary: "Export the ledger as CSV",
		description: "The rows of the list, oldest first. " + csvDescription, responses: csvResponse(ledgerHeader, "550e8400-e29b-41d4-a716-446655440000,2026-01-15T10:30:00Z,legal-qa,ada@example.org,"+
			"settle,held,owner,0.05,USD,,6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
	}, s.exportLedger)
}

var ledgerHeader = []string{
	"id", "created_at", "endpoint_slug", "user_email", "kind", "from", "to", "amount", "currency", "transaction_id", "query_id",
}

func (s *server) exportLedger(ctx context.Context, in *LedgerParams) (*huma.StreamResponse, error) {
	return csvFile(s, "ledger", ledgerHeader, s.Ledger.Rows(ctx, in.tenant(), in.filter()), func(e space.LedgerEntry) []string {
		return []string{
			e.ID.String(), timeCell(e.CreatedAt), e.EndpointSlug, e.UserEmail, string(e.Kind), string(e.From), string(e.To),
			e.Amount.String(), e.Currency, e.TransactionID, e.QueryID.String(),
		}
	})
}
