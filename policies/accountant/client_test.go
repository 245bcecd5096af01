package accountant_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"syft-space/app/space"
	"syft-space/policies/accountant"
)

// answering is a client of a service that always answers alike.
func answering(t *testing.T, status int, body string) *accountant.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return accountant.New(server.URL, "owner@space.example", "secret")
}

func TestOpenTellsWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		kind   space.Kind
	}{
		{"not JSON", 200, "<html>", space.KindUnavailable},
		{"no transaction", 200, "{}", space.KindUnavailable},
		{"moved without a place", 302, "", space.KindUnavailable},
		{"refused", 400, `{"detail":"token spent"}`, space.KindPaymentRequired},
		{"our credentials", 401, "", space.KindDependency},
		{"refused as forbidden", 403, "", space.KindPaymentRequired},
		{"too many requests", 429, "", space.KindUnavailable},
		{"broken", 500, "<html>trace of secret things</html>", space.KindUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(t, tt.status, tt.body).Open(t.Context(), accountant.Payment{Sender: "a@x.y", Amount: 1, Token: "t"})
			var e *space.Error
			if !errors.As(err, &e) || e.Kind != tt.kind {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(e.Detail, "secret") || strings.Contains(e.Detail, "token spent") {
				t.Errorf("the service's own words are shown: %q", e.Detail)
			}
		})
	}
}

func TestNothingListening(t *testing.T) {
	t.Parallel()
	client := accountant.New("http://127.0.0.1:1", "owner@space.example", "secret")
	if err := client.Confirm(t.Context(), "tx"); space.KindOf(err) != space.KindUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestConfirmStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := answering(t, 200, "{}").Confirm(ctx, "tx"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
