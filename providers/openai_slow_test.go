package providers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
)

func TestOpenAISlowServer(t *testing.T) {
	t.Parallel()
	soon := func(change func(*Limits)) Limits {
		l := quick()
		change(&l)
		return l
	}
	tests := []struct {
		name   string
		answer func(f *fake) http.HandlerFunc
		limits Limits
		words  string
	}{
		{
			"silent before its headers",
			func(f *fake) http.HandlerFunc { return func(_ http.ResponseWriter, r *http.Request) { f.untilGone(r) } },
			soon(func(l *Limits) { l.FirstToken = 400 * time.Millisecond }), "did not begin to answer within 0.4 seconds",
		},
		{
			"silent after its headers",
			func(f *fake) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					flush(w, ": thinking\n\n")
					f.untilGone(r)
				}
			},
			soon(func(l *Limits) { l.FirstToken = 400 * time.Millisecond }), "did not begin to answer within 0.4 seconds",
		},
		{
			"silent in the middle",
			func(f *fake) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "text/event-stream")
					flush(w, "data: "+delta("Hel")+"\n\n")
					f.untilGone(r)
				}
			},
			soon(func(l *Limits) { l.BetweenTokens = 100 * time.Millisecond }), "fell silent for 0.1 seconds",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handlers := map[string]http.HandlerFunc{}
			f := serve(t, handlers)
			handlers[chatPath] = tt.answer(f)
			_, err := openChat(t, f.URL, tt.limits).Chat(background(t), line("x"), discard)
			wantFault(t, err, space.KindTimeout, tt.words)
			f.wantGone(t) // the request was cancelled at the server too
		})
	}
}

func TestOpenAIConnectionThatDoesNotStand(t *testing.T) {
	t.Parallel()
	l := quick()
	l.Connect = time.Nanosecond
	_, err := openChat(t, "http://127.0.0.1:9", l).Chat(background(t), line("x"), discard)
	wantFault(t, err, space.KindTimeout, "could not be connected to in time")
}

func TestASlowCallerIsNotTheServersFault(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{chatPath: events(delta("a"), delta("b"), finished("stop"), "[DONE]")})
	l := quick()
	l.BetweenTokens = 200 * time.Millisecond
	got, err := openChat(t, f.URL, l).Chat(background(t), line("x"), func(string) error {
		time.Sleep(400 * time.Millisecond)
		return nil
	})
	if err != nil || got.Text != "ab" {
		t.Errorf("got %q, %v; want the whole answer", got.Text, err)
	}
}

func TestTheCallerCanStopAnAnswer(t *testing.T) {
	t.Parallel()
	stop := errors.New("the browser was closed")
	for _, how := range []string{"by its context", "by an error of emit"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			handlers := map[string]http.HandlerFunc{}
			f := serve(t, handlers)
			handlers[chatPath] = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				flush(w, "data: "+delta("Hel")+"\n\n")
				f.untilGone(r)
			}
			ctx, cancel := context.WithCancel(background(t))
			defer cancel()
			_, err := openChat(t, f.URL, quick()).Chat(ctx, line("x"), func(string) error {
				if how == "by its context" {
					cancel()
					return nil
				}
				return stop
			})
			if how == "by its context" {
				wantFault(t, err, space.KindCanceled, "went away")
			} else if !errors.Is(err, stop) {
				t.Errorf("error %v, want emit's own", err)
			}
			f.wantGone(t)
		})
	}
}

func TestADeadlineOfTheCallerIsATimeout(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{}
	f := serve(t, handlers)
	handlers[chatPath] = func(_ http.ResponseWriter, r *http.Request) { f.untilGone(r) }
	ctx, cancel := context.WithTimeout(background(t), 50*time.Millisecond)
	defer cancel()
	_, err := openChat(t, f.URL, quick()).Chat(ctx, line("x"), discard)
	wantFault(t, err, space.KindTimeout, "did not finish within the time allowed")
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	forever := func(event string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, event); err != nil {
					return
				}
			}
		}
	}
	l := quick()
	l.AnswerBytes, l.BodyBytes = 20_000, 1<<20
	for name, event := range map[string]string{
		"of text":              "data: " + delta(strings.Repeat("la ", 50)) + "\n\n",
		"of comments":          ": " + strings.Repeat("x", 500) + "\n\n",
		"of one line":          strings.Repeat("x", 500),
		"of events that say 0": "data: " + delta("") + "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{chatPath: forever(event)})
			_, err := openChat(t, f.URL, l).Chat(background(t), line("x"), discard)
			wantFault(t, err, space.KindUpstream, "does not stop sending")
		})
	}
}
