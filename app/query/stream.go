package query

import (
	"context"
	"strings"

	"syft-space/app/space"
	"syft-space/app/text"
)

// talk follows what a model says: stop sequences are looked for, the text is
// collected, and where the caller reads along it is passed on. Models are handed
// the sequences too, and keep the same rule: stopping at the source saves tokens
// and keeps their count. Looking here holds for those that do not, or that
// answer from documents.
type talk struct {
	q    *query
	stop *text.Stopper
	text strings.Builder
	out  []*pieceFilter // in the order in which the text passes through
	live bool           // the text goes to the sink while it is made
	ctx  context.Context
	err  error // why what was said could not be passed on
}

func (q *query) newTalk(ctx context.Context) *talk {
	t := &talk{q: q, ctx: ctx, live: q.sink != nil, stop: text.NewStopper(q.req.Stop)}
	for _, stage := range q.p.stages.filters {
		rules := q.rules[stage.typ]
		if len(rules) == 0 || !t.live {
			continue
		}
		splitter, ok := stage.do.(Splitter)
		if !ok || !splitter.Splits(rules) {
			t.live = false // the whole answer is filtered first, and sent then
			continue
		}
		t.out = append(t.out, &pieceFilter{filter: stage.do, splitter: splitter, rules: rules})
	}
	return t
}

// say is the model's space.Emit.
func (t *talk) say(delta string) error {
	if t.err != nil {
		return t.err
	}
	if t.stop.Stopped() {
		return errStopped
	}
	if delta != "" && t.q.timings.FirstToken == 0 {
		t.q.timings.FirstToken = t.q.p.Clock().Sub(t.q.started)
	}
	if t.err = t.accept(t.stop.Push(delta)); t.err != nil {
		return t.err
	}
	if t.stop.Stopped() {
		return errStopped
	}
	return nil
}

// end passes on what is held back. whole is the answer of a model that did not
// hand it over in pieces.
func (t *talk) end(whole string) error {
	if !t.stop.Begun() && whole != "" {
		if err := t.say(whole); err != nil && !t.stop.Stopped() {
			return err
		}
	}
	if err := t.accept(t.stop.Rest()); err != nil {
		return err
	}
	if !t.live {
		return nil
	}
	for i, f := range t.out {
		rest, err := f.pass(t, string(f.held))
		if err != nil {
			return err
		}
		if err := t.pass(i+1, rest); err != nil {
			return err
		}
	}
	t.q.sent = true
	return nil
}

// accept takes what no stop sequence holds back.
func (t *talk) accept(text string) error {
	t.text.WriteString(text)
	if !t.live {
		return nil
	}
	return t.pass(0, text)
}

// pass sends text through the filters from the i-th on and to the sink.
func (t *talk) pass(i int, text string) error {
	for ; i < len(t.out) && text != ""; i++ {
		var err error
		if text, err = t.out[i].write(t, text); err != nil {
			return err
		}
	}
	if text == "" {
		return nil
	}
	if err := t.q.sink(text); err != nil {
		return errCallerGone(err)
	}
	return nil
}

// pieceFilter lets a policy filter a text that is still being made.
type pieceFilter struct {
	filter   Filter
	splitter Splitter
	rules    []space.Rule
	held     []byte
	next     int // length of held at which to look again
}

// write adds text and returns what may leave. What was looked at in vain is
// looked at again when it has grown by a part: a text in which no sentence
// ends would otherwise take time by the square of its length.
func (f *pieceFilter) write(t *talk, text string) (string, error) {
	f.held = append(f.held, text...)
	if len(f.held) < f.next {
		return "", nil
	}
	held := string(f.held)
	n := f.splitter.Split(f.rules, held)
	f.held = append(f.held[:0], held[n:]...)
	f.next = len(f.held) + len(f.held)/16
	return f.pass(t, held[:n])
}

func (f *pieceFilter) pass(t *talk, piece string) (string, error) {
	if piece == "" {
		return "", nil
	}
	answer, _, err := f.filter.Filter(t.ctx, t.q.call, f.rules, space.Answer{Text: piece})
	if err == nil {
		return answer.Text, nil
	}
	return piece, t.q.ruled(t.ctx, err, filterRefusal(err))
}

// sendWhole sends an answer that could not be sent while it was made.
func (q *query) sendWhole() error {
	if q.sink == nil || q.sent || q.answer.Text == "" {
		return nil
	}
	q.sent = true
	return q.sink(q.answer.Text)
}
