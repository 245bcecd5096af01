package providers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"syft-space/app/space"
)

func TestEmbedderTriesAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		failures int
		answer   http.HandlerFunc
		kind     space.Kind // 0: succeeds
		asked    int
	}{
		{"after two failures", 2, sendsJSON(503, `{}`), 0, 3},
		{"but not for ever", 9, sendsJSON(503, `{}`), space.KindUnavailable, 3},
		{"not where it is told to wait long", 9, sendsJSON(429, `{}`, "Retry-After", "60"), space.KindUnavailable, 1},
		{"not where it is our fault", 9, sendsJSON(400, `{}`), space.KindUpstream, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
				if int(n.Add(1)) <= tt.failures {
					tt.answer(w, r)
					return
				}
				answerVectors(w, r, texts, byLength)
			})
			_, err := openEmbedder(t, "openai", f.URL, "m", quick()).Info(background(t))
			if tt.kind == 0 && err != nil || tt.kind != 0 && space.KindOf(err) != tt.kind {
				t.Errorf("got %v", err)
			}
			if int(n.Load()) != tt.asked {
				t.Errorf("asked %d times, want %d", n.Load(), tt.asked)
			}
		})
	}
}

func TestEmbedderWhoseServerIsAway(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"ollama", "openai"} {
		_, err := openEmbedder(t, typ, "http://127.0.0.1:1", "m", quick()).Info(background(t))
		wantNoAddress(t, wantFault(t, err, space.KindUnavailable, "the embedding server at http://127.0.0.1:1"), "http://127.0.0.1:1")
	}
	f := embedServer(t, func(f *fake, _ []string, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	})
	l := quick()
	l.Embed, l.Tries = 50*time.Millisecond, 2
	_, err := openEmbedder(t, "openai", f.URL, "m", l).Info(background(t))
	wantFault(t, err, space.KindUnavailable, "did not answer within 0.05 seconds")
	if n := len(f.asked()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func TestEmbedderStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(background(t))
	f := embedServer(t, func(f *fake, _ []string, _ http.ResponseWriter, r *http.Request) {
		cancel()
		f.untilGone(r)
	})
	_, err := openEmbedder(t, "ollama", f.URL, "m", quick()).Embed(ctx, space.EmbedQuery, []string{"x"})
	wantFault(t, err, space.KindCanceled, "went away")
	f.wantGone(t)
}

func TestOpenEmbedderRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		c     EmbedderConfig
		words string
	}{
		{EmbedderConfig{Type: "magic"}, "the types are ollama, openai"},
		{EmbedderConfig{Type: "ollama"}, "the name of an embedding model is needed"},
		{EmbedderConfig{Type: "openai", BaseURL: "http://x"}, "the name of an embedding model is needed"},
		{EmbedderConfig{Type: "openai", Model: "m"}, "an API key is needed"},
		{EmbedderConfig{Type: "openai", Model: "m", BaseURL: "localhost:1"}, "begins with http://"},
		{EmbedderConfig{Type: "ollama", Model: "m", BaseURL: "http://u:p@x"}, "must not hold a user"},
	} {
		_, err := OpenEmbedder(Embedders(Deps{}), tt.c)
		wantFault(t, err, space.KindInvalid, tt.words)
		if strings.Contains(fmt.Sprint(err), "u:p") {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
}

func TestAChatModelIsNoEmbedder(t *testing.T) {
	t.Parallel()
	chat := serve(t, map[string]http.HandlerFunc{
		"/api/show":      shows(`["completion","tools"]`, 8192),
		"/api/embed":     embeds(byLength),
		"/v1/embeddings": sendsJSON(501, `{"error":{"code":501,"message":"This server does not support embeddings. Start it with --embeddings","type":"not_supported_error"}}`),
	})
	for _, typ := range []string{"ollama", "openai"} {
		_, err := openEmbedder(t, typ, chat.URL, "llama3.2", quick()).Info(background(t))
		wantNoAddress(t, wantFault(t, err, space.KindInvalid, "the model 'llama3.2'"), chat.URL)
		if err == nil || !strings.Contains(err.Error(), "choose an embedding model") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

func TestATextThatIsTooLong(t *testing.T) {
	t.Parallel()
	for typ, body := range map[string]string{
		"ollama": `{"error":"the input length exceeds the context length"}`,
		"openai": `{"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9000","type":"invalid_request_error","param":null,"code":null}}`,
	} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
				if len(texts[0]) > 100 {
					sendsJSON(400, body)(w, r)
					return
				}
				answerVectors(w, r, texts, byLength)
			})
			e := openEmbedder(t, typ, f.URL, "m", quick())
			_, err := e.Embed(background(t), space.EmbedPassage, []string{strings.Repeat("long ", 40)})
			wantFault(t, err, space.KindTooLong, "longer than the model 'm' can read")
			if _, err := e.Embed(background(t), space.EmbedPassage, []string{"short"}); err != nil {
				t.Errorf("a short text after it: %v", err)
			}
		})
	}
}
