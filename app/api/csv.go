package api

import (
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"syft-space/app/space"
)

const csvDescription = "The file is as RFC 4180 has it, in UTF-8, with a header. A cell that a spreadsheet would take for a " +
	"formula, because it begins with =, +, -, @, a tab or a carriage return, has an apostrophe before it."

// csvResponse documents a file, of which example is the beginning.
func csvResponse(header []string, example string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "Comma-separated values",
		Content:     map[string]*huma.MediaType{"text/csv": plainText(strings.Join(header, ",") + "\r\n" + example + "\r\n")},
	}}
}

// csvFile streams rows as a file to save. An error before the first row is
// answered as any other; a later one breaks the connection, so that nobody
// takes half a file for a whole one.
func csvFile[T any](s *server, name string, header []string, rows iter.Seq2[T, error], cells func(T) []string) (*huma.StreamResponse, error) {
	next, stop := iter.Pull2(rows)
	row, err, more := next()
	if err != nil {
		stop()
		return nil, err
	}
	file := name + "-" + s.Clock().Format(time.DateOnly) + ".csv"
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer stop()
		c := humagin.Unwrap(hctx)
		c.Header("Content-Type", "text/csv; charset=utf-8; header=present")
		c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, file))
		c.Header("Cache-Control", "no-store")
		out := csv.NewWriter(c.Writer)
		out.UseCRLF = true
		err := out.Write(header)
		for more && err == nil {
			if err = out.Write(guardCells(cells(row))); err == nil {
				row, err, more = next()
			}
		}
		if err == nil {
			out.Flush()
			err = out.Error()
		}
		if err != nil {
			s.Logger.WarnContext(c.Request.Context(), "an export was cut short", "error", err)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// guardCells keeps spreadsheets from running cells as formulas, as OWASP's
// "CSV Injection" advises.
func guardCells(cells []string) []string {
	for i, cell := range cells {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cells[i] = "'" + cell
		}
	}
	return cells
}

var eventHeader = []string{
	"created_at", "query_id", "endpoint_slug", "endpoint_id", "dataset_id", "model_id", "user_email", "outcome", "status", "documents",
	"prompt_tokens", "completion_tokens", "total_tokens", "search_ms", "first_token_ms", "total_ms", "text",
}

func (s *server) exportEvents(ctx context.Context, in *SelectionParams) (*huma.StreamResponse, error) {
	return csvFile(s, "queries", eventHeader, s.Analytics.Events(ctx, in.tenant(), in.selection()), func(e space.QueryEvent) []string {
		return []string{
			timeCell(e.CreatedAt), e.ID.String(), e.EndpointSlug, idCell(&e.EndpointID), idCell(e.DatasetID), idCell(e.ModelID),
			e.UserEmail, e.Outcome, strconv.Itoa(e.Status), strconv.Itoa(e.Documents),
			strconv.Itoa(e.Usage.PromptTokens), strconv.Itoa(e.Usage.CompletionTokens), strconv.Itoa(e.Usage.TotalTokens),
			durationCell(e.Search), durationCell(e.FirstToken), durationCell(e.Total), e.Text,
		}
	})
}

// timeCell is an instant as answers have it.
func timeCell(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func idCell(id *uuid.UUID) string {
	if id == nil || *id == uuid.Nil {
		return ""
	}
	return id.String()
}

// durationCell is in milliseconds, of which a nanosecond is a millionth.
func durationCell(d time.Duration) string { return space.Micros(d.Nanoseconds()).String() }
