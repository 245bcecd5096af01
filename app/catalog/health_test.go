package catalog

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

func TestAServerIsAskedForItsHealthOnceInAWhile(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v := newVerdicts(func() time.Time { return now })
	one, other := uuid.New(), uuid.New()
	away := errors.New("away")
	for _, step := range []struct {
		name   string
		after  time.Duration
		id     uuid.UUID
		config string
		answer error
		asks   bool
		want   error
	}{
		{"the first", 0, one, "{}", away, true, away},
		{"another at once", 0, one, "{}", nil, false, away},
		{"another thing", 0, other, "{}", nil, true, nil},
		{"a new configuration", time.Second, one, `{"a":1}`, nil, true, nil},
		{"soon", verdictFor - time.Second, one, `{"a":1}`, away, false, nil},
		{"later", time.Second, one, `{"a":1}`, away, true, away},
	} {
		now = now.Add(step.after)
		asked := false
		_, err := v.of(t.Context(), step.id, space.Config(step.config), func(context.Context) (string, error) {
			asked = true
			return "", step.answer
		})
		if asked != step.asks || !errors.Is(err, step.want) {
			t.Errorf("%s: asked %v, told %v", step.name, asked, err)
		}
	}
}

func TestCallersAtTheSameTimeShareOneAnswerThatNoneOfThemCutsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVerdicts(space.SystemClock)
		id, asked := uuid.New(), 0
		ask := func(ctx context.Context) (string, error) {
			asked++
			<-ctx.Done() // a server that says nothing
			return "", context.Cause(ctx)
		}
		first, leave := context.WithCancel(t.Context())
		verdicts := make(chan error, 2)
		go func() { _, err := v.of(first, id, nil, ask); verdicts <- err }()
		synctest.Wait()
		go func() { _, err := v.of(t.Context(), id, nil, ask); verdicts <- err }()
		leave()
		for range 2 {
			if err := <-verdicts; !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("told %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("the server was asked %d times", asked)
		}
	})
}
