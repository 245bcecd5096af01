package query_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/query"
	"syft-space/app/space"
)

// streamed runs a query whose deltas are collected.
func streamed(t *testing.T, w *world, req query.Request) ([]string, query.Response) {
	t.Helper()
	var deltas []string
	resp, err := w.pipeline().Run(t.Context(), space.RootTenant, alice, "ask", req, query.Options{}, func(delta string) error {
		deltas = append(deltas, delta)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(deltas, ""); resp.Summary != nil && got != resp.Summary.Text {
		t.Errorf("streamed %q, returned %q", got, resp.Summary.Text)
	}
	return deltas, resp
}

func TestDeltasGoOutAsTheyCome(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = &speaker{says: []string{"one ", "two", " three"}}
	deltas, resp := streamed(t, w, ask("what?"))
	if diff := cmp.Diff([]string{"one ", "two", " three"}, deltas); diff != "" {
		t.Errorf("deltas (-want +got)\n%s", diff)
	}
	if resp.Timings.FirstToken == 0 || resp.Timings.FirstToken > resp.Timings.Total {
		t.Errorf("timings %+v", resp.Timings)
	}
}

func TestRawResultsHaveNoDeltas(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.catalog.endpoint.ResponseType = space.ResponseRaw
	if deltas, resp := streamed(t, w, ask("what?")); len(deltas) != 0 || len(resp.References.Hits) != 2 {
		t.Errorf("deltas %v, references %+v", deltas, resp.References)
	}
}

func TestAFilterLetsSentencesGoAsTheyAreMade(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(&shout{})
	w.model = &speaker{says: []string{"one. t", "wo.", " three"}}
	deltas, _ := streamed(t, w, ask("what?"))
	if diff := cmp.Diff([]string{"ONE.", " TWO.", " THREE"}, deltas); diff != "" {
		t.Errorf("deltas (-want +got)\n%s", diff)
	}
}

// A filter that were asked at every piece of a text without a full stop would
// read it by the square of its length.
func TestATextWithoutSentencesIsNotLookedAtAtEveryPiece(t *testing.T) {
	t.Parallel()
	w := newWorld()
	f := &shout{}
	w.add(f)
	w.model = &speaker{says: slices.Repeat([]string{"ab "}, 10_000)}
	deltas, _ := streamed(t, w, ask("what?"))
	if got, want := strings.Join(deltas, ""), strings.Repeat("AB ", 10_000); got != want {
		t.Errorf("%d of %d characters came through", len(got), len(want))
	}
	if f.looked > 30*30_000 {
		t.Errorf("the filter looked at %d bytes for a text of 30,000", f.looked)
	}
}

func TestAFilterThatNeedsTheWholeAnswerGetsItOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	f := &shout{whole: true}
	w.add(f)
	w.model = &speaker{says: []string{"one. t", "wo."}}
	deltas, _ := streamed(t, w, ask("what?"))
	if diff := cmp.Diff([]string{"ONE. TWO."}, deltas); diff != "" {
		t.Errorf("deltas (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one. two."}, f.pieces); diff != "" {
		t.Errorf("filtered (-want +got)\n%s", diff)
	}
}

func TestNothingLeavesThatAFilterBlocks(t *testing.T) {
	t.Parallel()
	for _, whole := range []bool{false, true} {
		w := newWorld()
		w.add(&shout{whole: whole, err: space.Errorf(space.KindForbidden, "Policy 'shout' blocked response: no")})
		w.model = &speaker{says: []string{"one. t", "wo."}}
		var deltas []string
		_, err := w.pipeline().Run(t.Context(), space.RootTenant, alice, "ask", ask("what?"), query.Options{}, func(delta string) error {
			deltas = append(deltas, delta)
			return nil
		})
		f, e := failure(t, err)
		if e.Detail != "Policy 'shout' blocked response: no" || f.Metadata.Outcome != space.OutcomePolicyViolation || len(deltas) > 0 {
			t.Errorf("%q %+v, sent %q", e.Detail, f.Metadata, deltas)
		}
	}
}

func TestAStopSequenceEndsTheAnswerAndTheModel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	model := &speaker{says: []string{"\n\n", " first", " line\nsec", "ond", " line"}}
	w.model = model
	req := ask("what?")
	req.Stop = []string{"\n"}
	deltas, resp := streamed(t, w, req)
	if diff := cmp.Diff([]string{"first", " line"}, deltas); diff != "" {
		t.Errorf("deltas (-want +got)\n%s", diff)
	}
	if model.said != 3-1 {
		t.Errorf("the model went on for %d pieces", model.said)
	}
	if resp.Summary.FinishReason != space.FinishStop || resp.Summary.Usage.CompletionTokens == 0 {
		t.Errorf("summary %+v", resp.Summary)
	}
}

func TestTheModelIsHandedTheStopSequencesThatAreNotEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld()
	req := ask("what?")
	req.Stop = []string{"", "\n", "END"}
	if _, err := w.run(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"\n", "END"}, w.model.(*speaker).asked()[0].Stop); diff != "" {
		t.Errorf("stop sequences (-want +got)\n%s", diff)
	}
}

func TestAnAnswerInOnePieceIsStoppedToo(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = silent{}
	req := ask("what?")
	req.Stop = []string{"\n"}
	deltas, resp := streamed(t, w, req)
	if diff := cmp.Diff([]string{"whole"}, deltas); diff != "" || resp.Summary.Text != "whole" {
		t.Errorf("%q (-want +got)\n%s", resp.Summary.Text, diff)
	}
}

// silent is a model that does not hand its answer over in pieces.
type silent struct{}

func (silent) Chat(context.Context, space.ChatRequest, space.Emit) (space.ChatResult, error) {
	return space.ChatResult{Text: "whole\nanswer", FinishReason: space.FinishLength}, nil
}

func TestAReaderWhoGoesAwayStopsTheModel(t *testing.T) {
	t.Parallel()
	w := newWorld()
	till := &till{name: "pay"}
	w.add(till)
	model := &speaker{says: []string{"one", "two", "three"}}
	w.model = model
	_, err := w.pipeline().Run(t.Context(), space.RootTenant, alice, "ask", ask("what?"), query.Options{}, func(delta string) error {
		if delta == "two" {
			return errors.New("broken pipe")
		}
		return nil
	})
	if _, e := failure(t, err); e.Kind != space.KindCanceled || model.said != 1 || till.refunded != 1 {
		t.Errorf("%v, said %d, refunded %d", e, model.said, till.refunded)
	}
}

func TestAReaderWhoLeavesAfterTheLastWordHasPaid(t *testing.T) {
	t.Parallel()
	w := newWorld()
	till := &till{name: "pay"}
	w.add(till)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.pipeline().Run(ctx, space.RootTenant, alice, "ask", ask("what?"), query.Options{}, func(delta string) error {
		if delta == "lo" {
			cancel()
		}
		return nil
	})
	if err != nil || till.settled != 1 || till.refunded != 0 {
		t.Errorf("%v, settled %d, refunded %d", err, till.settled, till.refunded)
	}
}

// stopped runs text through the pipeline in pieces of at most size bytes.
func stopped(t *testing.T, stops []string, text string, size int) string {
	t.Helper()
	w := newWorld()
	w.catalog.endpoint.ResponseType = space.ResponseSummary
	var pieces []string
	for piece := range slices.Chunk([]byte(text), size) {
		pieces = append(pieces, string(piece))
	}
	w.model = &speaker{says: pieces}
	req := ask("what?")
	req.Stop = stops
	_, resp := streamed(t, w, req)
	return resp.Summary.Text
}

func TestStopSequences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		stops []string
		text  string
		want  string
	}{
		{"none", nil, "\n a\nb\n", "\n a\nb\n"},
		{"the default cuts at the first line break", []string{"\n"}, "one\ntwo", "one"},
		{"leading white space never matches", []string{"\n"}, " \n\t\none\ntwo", "one"},
		{"not even alone", []string{"\n", " "}, "\n \n", ""},
		{"a longer sequence", []string{"END"}, "one ENDtwo", "one "},
		{"a beginning of one that is none", []string{"END"}, "one EN", "one EN"},
		{"a beginning inside another", []string{"aab"}, "aaab", "a"},
		{"the one that is complete first", []string{"abcd", "bc"}, "xabcd", "xa"},
		{"of two that end together the longer", []string{"b", "ab"}, "xab", "x"},
		{"more than one byte a character", []string{"\u3002"}, "\u7d42\u3002\u6b21", "\u7d42"},
		{"an empty one is ignored", []string{""}, "one", "one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for size := 1; size <= len(tt.text); size++ {
				if got := stopped(t, tt.stops, tt.text, size); got != tt.want {
					t.Errorf("in pieces of %d: %q, want %q", size, got, tt.want)
				}
			}
		})
	}
}

func FuzzStopsDoNotDependOnPieces(f *testing.F) {
	f.Add("one two three", "two", "o t", uint8(1))
	f.Add("\n\naaab", "aab", "b", uint8(2))
	f.Add(" \u3002x", "\u3002", "", uint8(1))
	f.Add("xabcd", "abcd", "bc", uint8(1))
	f.Add("\n a", "", "", uint8(0))
	f.Fuzz(func(t *testing.T, text, one, two string, size uint8) {
		stops := []string{one, two}
		whole := stopped(t, stops, text, len(text)+1)
		if got := stopped(t, stops, text, 1+int(size)%8); got != whole {
			t.Errorf("stops %q: in pieces %q, whole %q", stops, got, whole)
		}
		for _, s := range stops {
			if s != "" && strings.Contains(whole, s) {
				t.Errorf("%q holds the stop sequence %q", whole, s)
			}
		}
	})
}
