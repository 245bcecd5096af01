package query_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

func TestAnswersFromDatasetAndModel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = &speaker{says: []string{"hel", "lo"}, result: space.ChatResult{
		ID: "chat-1", Model: "tiny", FinishReason: space.FinishLength, APIVersion: "v1",
		Usage: space.Usage{PromptTokens: 7, CompletionTokens: 2, TotalTokens: 9}, Notes: []string{"cut"},
	}}
	resp, err := w.run(t.Context(), ask("what?"))
	if err != nil {
		t.Fatal(err)
	}
	s := resp.Summary
	if s.Text != "hello" || s.ID != "chat-1" || s.Model != "tiny" || s.FinishReason != space.FinishLength || s.Usage.TotalTokens != 9 {
		t.Errorf("summary %+v", s)
	}
	if len(resp.References.Hits) != 2 || resp.References.Engine != "chromem" {
		t.Errorf("references %+v", resp.References)
	}
	if diff := cmp.Diff([]string{"cut"}, resp.References.Notes); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
	if resp.Cost != nil || resp.Currency != nil {
		t.Errorf("an endpoint without a price has cost %v %v", resp.Cost, resp.Currency)
	}
	if diff := cmp.Diff(space.PolicyMetadata{Outcome: "success", Entries: []space.PolicyEntry{}}, resp.Policies); diff != "" {
		t.Errorf("policies (-want +got)\n%s", diff)
	}
	e := w.events.only(t)
	if e.Outcome != "success" || e.Status != 200 || e.Documents != 2 || e.Usage.TotalTokens != 9 || e.UserEmail != "alice@example.org" || e.Text != "" {
		t.Errorf("event %+v", e)
	}
}

func TestTheModelsGapsAreFilled(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = &speaker{says: []string{"hello"}}
	resp, err := w.run(t.Context(), ask("what?"))
	if err != nil {
		t.Fatal(err)
	}
	s := resp.Summary
	if s.ID != resp.ID.String() || s.Model != "small" || s.FinishReason != space.FinishStop {
		t.Errorf("summary %+v", s)
	}
	if s.Usage.PromptTokens == 0 || s.Usage.CompletionTokens == 0 || s.Usage.TotalTokens != s.Usage.PromptTokens+s.Usage.CompletionTokens {
		t.Errorf("usage %+v", s.Usage)
	}
}

func TestResponseTypesAskOnlyTheirHalf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		typ               space.ResponseType
		noDataset         bool
		noModel           bool
		references, words bool
	}{
		{"raw never asks the model", space.ResponseRaw, false, false, true, false},
		{"summary does not search", space.ResponseSummary, false, false, false, true},
		{"both without a model", space.ResponseBoth, false, true, true, false},
		{"both without a dataset", space.ResponseBoth, true, false, false, true},
		{"both", space.ResponseBoth, false, false, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.catalog.endpoint.ResponseType = tt.typ
			if tt.noDataset {
				w.catalog.endpoint.DatasetID = nil
			}
			if tt.noModel {
				w.catalog.endpoint.ModelID = nil
			}
			searched := false
			found := w.search
			w.search = func(ctx context.Context, req space.SearchRequest) (space.SearchResult, error) {
				searched = true
				return found(ctx, req)
			}
			resp, err := w.run(t.Context(), ask("what?"))
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.References != nil; got != tt.references || searched != tt.references {
				t.Errorf("references %v, searched %v, want %v", got, searched, tt.references)
			}
			asked := len(w.model.(*speaker).asked()) > 0
			if got := resp.Summary != nil; got != tt.words || asked != tt.words {
				t.Errorf("summary %v, asked %v, want %v", got, asked, tt.words)
			}
		})
	}
}

func TestSearchIsAskedWhatTheCallerAsked(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var got space.SearchRequest
	w.search = func(_ context.Context, req space.SearchRequest) (space.SearchResult, error) {
		got = req
		return space.SearchResult{}, nil
	}
	req := ask("")
	req.Messages = []space.ChatMessage{
		{Role: "system", Content: "be brief"}, {Role: "user", Content: "first"}, {Role: "assistant", Content: "yes"},
		{Role: "user", Content: " last "}, {Role: "assistant", Content: "so"}, {Role: "user", Content: "  "},
	}
	req.Mode, req.Filters, req.Threshold, req.Limit = space.SearchLexical, []space.Filter{{Key: "file_type", Equal: ".md"}}, 0, 9
	resp, err := w.run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := space.SearchRequest{Query: "last", Mode: space.SearchLexical, Limit: 9, Filters: req.Filters}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("search (-want +got)\n%s", diff)
	}
	if resp.References.Hits == nil || resp.References.Notes == nil {
		t.Error("no documents and no notes are empty lists, not null")
	}
}

func TestWithoutMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld()
	req := ask("what?")
	req.IncludeMetadata = false
	resp, err := w.run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if m := resp.References.Hits[0].Metadata; m == nil || len(m) != 0 {
		t.Errorf("metadata %v, want an empty object", m)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	key := space.Identity{Role: space.RoleKey, Email: "k@example.org", Scopes: []space.Scope{space.ScopeQuery}}
	tests := []struct {
		name    string
		change  func(*world)
		sender  space.Identity
		slug    string
		kind    space.Kind
		detail  string
		outcome string
	}{
		{"unknown endpoint", nil, alice, "nope", space.KindNotFound, "Endpoint 'nope' not found", "error"},
		{"archived", func(w *world) { w.catalog.endpoint.Archived = true }, alice, "ask", space.KindGone, "Endpoint is archived", "error"},
		{"archived before unpublished", func(w *world) { w.catalog.endpoint.Archived, w.catalog.endpoint.Published = true, false },
			alice, "ask", space.KindGone, "Endpoint is archived", "error"},
		{"not published", func(w *world) { w.catalog.endpoint.Published = false }, alice, "ask", space.KindForbidden, "Endpoint is not published", "error"},
		{"not published, for the owner too", func(w *world) { w.catalog.endpoint.Published = false },
			space.Identity{Role: space.RoleOwner}, "ask", space.KindForbidden, "Endpoint is not published", "error"},
		{"a key for another endpoint", nil, with(key, "other"), "ask", space.KindForbidden, "This API key may not query endpoint 'ask'", "error"},
		{"a key without the scope", nil, space.Identity{Role: space.RoleKey, Scopes: []space.Scope{space.ScopeRead}}, "ask",
			space.KindForbidden, "This API key may not query endpoint 'ask'", "error"},
		{"a guest where there is a policy", func(w *world) { w.add(&gate{name: "g"}) }, space.Identity{Role: space.RoleGuest}, "ask",
			space.KindForbidden, "Guests may only query endpoints without policies; sign in to query this one", "access_denied"},
		{"a policy of an unknown type", func(w *world) { w.rules = append(w.rules, rule("future")) }, alice, "ask",
			space.KindConflict, "Policy type 'future' is not known to this version; update the Space or remove the policy", "error"},
		{"dataset gone", func(w *world) { w.catalog.dataset = nil }, alice, "ask", space.KindConflict, "Dataset not found", "error"},
		{"model gone", func(w *world) { w.catalog.model = nil }, alice, "ask", space.KindConflict, "Model not found", "error"},
		{"raw without a dataset", func(w *world) {
			w.catalog.endpoint.ResponseType, w.catalog.endpoint.DatasetID = space.ResponseRaw, nil
		}, alice, "ask", space.KindConflict, "Dataset not found", "error"},
		{"summary without a model", func(w *world) {
			w.catalog.endpoint.ResponseType, w.catalog.endpoint.ModelID = space.ResponseSummary, nil
		}, alice, "ask", space.KindConflict, "Model not found", "error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			if tt.change != nil {
				tt.change(w)
			}
			_, err := w.pipeline().Run(t.Context(), space.RootTenant, tt.sender, tt.slug, ask("what?"), query.Options{}, nil)
			f, e := failure(t, err)
			if e.Kind != tt.kind || e.Detail != tt.detail {
				t.Errorf("got kind %d %q, want kind %d %q", e.Kind, e.Detail, tt.kind, tt.detail)
			}
			if refused := tt.outcome == "access_denied"; (f.Metadata.Outcome == space.OutcomeAccessDenied) != refused {
				t.Errorf("metadata %+v", f.Metadata)
			}
			if event := w.events.only(t); event.Outcome != tt.outcome || event.Status != statuses[tt.kind] || event.EndpointSlug != tt.slug {
				t.Errorf("event %+v", event)
			}
		})
	}
}

func with(i space.Identity, slugs ...string) space.Identity {
	i.Endpoints = slugs
	return i
}

func TestGuestsMayQueryWhatHasNoPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, err := w.pipeline().Run(t.Context(), space.RootTenant, space.Identity{Role: space.RoleGuest}, "ask", ask("what?"), query.Options{}, nil)
	if err != nil {
		t.Error(err)
	}
}

func TestAnotherTenantsEndpointIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld()
	_, err := w.pipeline().Run(t.Context(), space.TenantID{UUID: uuid.New()}, alice, "ask", ask("what?"), query.Options{}, nil)
	if _, e := failure(t, err); e.Kind != space.KindNotFound {
		t.Errorf("got %v, want not found", e)
	}
}

func TestFailuresOfSearchAndModel(t *testing.T) {
	t.Parallel()
	retry := space.Errorf(space.KindUnavailable, "the server is away")
	retry.RetryAfter = 7 * time.Second
	invalid := space.Invalid(space.FieldError{Loc: []any{"body", "extras"}, Msg: "no", Type: "value_error"})
	tests := []struct {
		name   string
		search error
		model  error
		kind   space.Kind
		detail string
		retry  time.Duration
	}{
		{name: "search failed", search: space.Errorf(space.KindUpstream, "the collection is gone"),
			kind: space.KindUpstream, detail: "Dataset search failed: the collection is gone"},
		{name: "search failed for a reason that must not leave", search: errors.New("dial tcp 10.0.0.7: secret"),
			kind: space.KindUpstream, detail: "Dataset search failed: an unexpected error, see the log of the Space"},
		{name: "dataset still loading", search: space.Errorf(space.KindUnavailable, "the dataset is still loading"),
			kind: space.KindUnavailable, detail: "Dataset search failed: the dataset is still loading", retry: 2 * time.Second},
		{name: "a filter that the dataset refuses", search: invalid, kind: space.KindValidation, detail: "no"},
		{name: "provider failed", model: space.Errorf(space.KindUpstream, "the provider answered 500"),
			kind: space.KindUpstream, detail: "Model chat failed: the provider answered 500"},
		{name: "provider failed for a reason that must not leave", model: errors.New("key sk-123 refused"),
			kind: space.KindUpstream, detail: "Model chat failed: an unexpected error, see the log of the Space"},
		{name: "provider away", model: retry, kind: space.KindUnavailable, detail: "Model chat failed: the server is away", retry: 7 * time.Second},
		{name: "provider at an address of the owner's", model: &space.Error{
			Kind: space.KindUpstream, Detail: "the server at http://10.0.0.7 failed", Public: "the server failed",
		}, kind: space.KindUpstream, detail: "Model chat failed: the server failed"},
		{name: "provider overloaded is not the caller's rate limit", model: space.Errorf(space.KindRateLimited, "too many requests"),
			kind: space.KindUnavailable, detail: "Model chat failed: too many requests", retry: 2 * time.Second},
		{name: "provider refused our key, which is not the caller's credential", model: space.Errorf(space.KindUnauthenticated, "bad key"),
			kind: space.KindUpstream, detail: "Model chat failed: bad key"},
		{name: "provider timed out", model: space.Errorf(space.KindTimeout, "no answer in time"),
			kind: space.KindTimeout, detail: "Model chat failed: no answer in time"},
		{name: "provider finds the conversation too long", model: space.Errorf(space.KindInvalid, "the conversation is too long"),
			kind: space.KindInvalid, detail: "Model chat failed: the conversation is too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			if tt.search != nil {
				w.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
					return space.SearchResult{}, tt.search
				}
			}
			w.model = &speaker{says: []string{"beg"}, err: tt.model}
			_, err := w.run(t.Context(), ask("what?"))
			f, e := failure(t, err)
			if cause := errors.Join(tt.search, tt.model); !strings.Contains(err.Error(), cause.Error()) {
				t.Errorf("the log reads %q, without %q", err, cause)
			}
			if e.Kind != tt.kind || e.Detail != tt.detail || e.RetryAfter != tt.retry {
				t.Errorf("got kind %d %q retry %s", e.Kind, e.Detail, e.RetryAfter)
			}
			if f.Metadata.Outcome != space.OutcomeSuccess {
				t.Errorf("outcome %q: no policy refused", f.Metadata.Outcome)
			}
			if event := w.events.only(t); event.Outcome != "error" || event.Status != statuses[tt.kind] {
				t.Errorf("event %+v", event)
			}
		})
	}
}

func TestTheModelHasATimeLimitOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.settings.ChatTimeout = 3 * time.Second
		w.model = &speaker{says: []string{"well"}, block: true}
		_, err := w.run(t.Context(), ask("what?"))
		if _, e := failure(t, err); e.Kind != space.KindTimeout || e.Detail != "Model chat failed: the model took longer than 3s" {
			t.Errorf("got kind %d %q", e.Kind, e.Detail)
		}
		if e := w.events.only(t); e.Status != 504 || e.Total != 3*time.Second {
			t.Errorf("event %+v", e)
		}
	})
}

func TestTheCallersGoingAwayStopsEverything(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(w *world, leave func())
	}{
		{"while searching", func(w *world, leave func()) {
			w.search = func(ctx context.Context, _ space.SearchRequest) (space.SearchResult, error) {
				leave()
				<-ctx.Done()
				return space.SearchResult{}, ctx.Err()
			}
		}},
		{"while the model speaks", func(w *world, leave func()) {
			w.model = &talker{during: func(ctx context.Context) error { leave(); <-ctx.Done(); return ctx.Err() }}
		}},
		{"while a policy decides", func(w *world, leave func()) {
			w.add(&gate{name: "slow", err: func(ctx context.Context) error { leave(); <-ctx.Done(); return ctx.Err() }})
		}},
		{"before the answer is settled", func(w *world, leave func()) {
			w.model = &talker{during: func(context.Context) error { leave(); return nil }}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			till := &till{name: "pay"}
			ctx, cancel := context.WithCancel(t.Context())
			tt.change(w, cancel)
			w.add(till)
			_, err := w.run(ctx, ask("what?"))
			if _, e := failure(t, err); e.Kind != space.KindCanceled {
				t.Errorf("got %v, want canceled", e)
			}
			if e := w.events.only(t); e.Outcome != "canceled" || e.Status != 499 {
				t.Errorf("event %+v", e)
			}
			if till.settled > 0 || till.reserved != till.refunded {
				t.Errorf("reserved %d, settled %d, refunded %d", till.reserved, till.settled, till.refunded)
			}
		})
	}
}

// talker is a model that does something while it is asked.
type talker struct {
	during func(context.Context) error
}

func (m *talker) Chat(ctx context.Context, _ space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	if err := emit("hm"); err != nil {
		return space.ChatResult{}, err
	}
	return space.ChatResult{Text: "hm"}, m.during(ctx)
}

func TestQueryTextIsKeptOnlyWhenWanted(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.settings.StoreQueryText = true
	if _, err := w.run(t.Context(), ask("what?")); err != nil {
		t.Fatal(err)
	}
	if e := w.events.only(t); e.Text != "what?" {
		t.Errorf("kept %q", e.Text)
	}
}

func TestNothingToSearchFor(t *testing.T) {
	t.Parallel()
	w := newWorld()
	req := ask("  ")
	_, err := w.run(t.Context(), req)
	_, e := failure(t, err)
	want := []space.FieldError{{Loc: []any{"body", "messages"}, Type: "value_error",
		Msg: "none of the messages is a user's with content, so there is nothing to search for"}}
	if diff := cmp.Diff(want, e.Fields); e.Kind != space.KindValidation || diff != "" {
		t.Errorf("kind %d (-want +got)\n%s", e.Kind, diff)
	}
}
