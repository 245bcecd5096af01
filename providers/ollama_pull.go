package providers

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ollama/ollama/api"

	"syft-space/app/space"
)

// PullResult is the result of Ollama's action pull.
type PullResult struct {
	Model  string `json:"model"`
	Status string `json:"status"` // success
}

// progressEvery is how often a download is reported while only its bytes change.
const progressEvery = 250 * time.Millisecond

// pull downloads the model, or the one that the argument model names, to the
// server. The server reports failures within an answer of 200.
func (t ollamaType) pull(ctx context.Context, config any, arguments json.RawMessage, progress func(any)) (any, error) {
	c, err := configOf[OllamaConfig](config)
	if err != nil {
		return nil, err
	}
	args := struct {
		Model string `json:"model"`
	}{Model: c.Model}
	if len(arguments) > 0 && json.Unmarshal(arguments, &args) != nil {
		return nil, space.Errorf(space.KindInvalid, "the arguments of the action 'pull' are an object with the text 'model'")
	}
	if args.Model == "" {
		return nil, misconfigured("model", "the name of the model to pull is needed")
	}
	server, err := newOllamaServer(t.deps, "model server", c.BaseURL, args.Model)
	if err != nil {
		return nil, err
	}
	if progress == nil {
		progress = func(any) {}
	}
	if err := server.pull(ctx, progress); err != nil {
		return nil, err
	}
	return PullResult{Model: args.Model, Status: "success"}, nil
}

func (s *ollamaServer) pull(ctx context.Context, progress func(any)) error {
	inner, w := newWatch(ctx, s.deps.Limits.FirstToken)
	defer w.done()
	last := ""
	layers := pulledLayers{clock: s.deps.Clock, report: progress}
	err := s.client.Pull(inner, &api.PullRequest{Model: s.peer.model}, func(p api.ProgressResponse) error {
		w.step(s.deps.Limits.Pull)
		last = p.Status
		layers.add(p)
		return nil
	})
	switch {
	case err != nil:
		return s.peer.fault(ctx, inner, s.pullError(err))
	case inner.Err() != nil:
		return s.peer.fault(ctx, inner, inner.Err())
	case last != "success":
		return space.Errorf(space.KindUpstream, "%s broke off while it pulled the model '%s'; pulling it again goes on where it was", s.peer, s.peer.model)
	}
	return nil
}

// pullError words a failure that the server reports in plain text.
func (s *ollamaServer) pullError(err error) error {
	r := &refusal{message: err.Error()}
	switch {
	case r.says("file does not exist", "not found"):
		return space.Errorf(space.KindUpstream, "the model '%s' does not exist in Ollama's library", s.peer.model).WithCause(err)
	case r.says("no such host", "dial tcp", "i/o timeout", "tls handshake", "connection refused") && r.says("pull"):
		return s.peer.unavailable("%s cannot reach the library of models", s.peer).WithCause(err)
	case r.says("no space left"):
		return space.Errorf(space.KindUpstream, "%s has no space left for the model '%s'", s.peer, s.peer.model).WithCause(err)
	case r.says("newer version of ollama"):
		return space.Errorf(space.KindUpstream, "the model '%s' needs a newer version of Ollama", s.peer.model).WithCause(err)
	case r.says("invalid model name"):
		return misconfigured("model", "'%s' is not the name of a model", s.peer.model)
	}
	return sentError(err)
}

// pulledLayers adds up the parts of a model that are downloaded one by one.
type pulledLayers struct {
	clock  space.Clock
	report func(any)
	done   map[string][2]int64 // completed and total bytes by digest
	status string
	at     time.Time
}

func (l *pulledLayers) add(p api.ProgressResponse) {
	status := p.Status
	if p.Digest != "" {
		status = "downloading"
		if l.done == nil {
			l.done = map[string][2]int64{}
		}
		l.done[p.Digest] = [2]int64{p.Completed, p.Total}
	}
	now := l.clock()
	if status == l.status && now.Sub(l.at) < progressEvery {
		return
	}
	l.status, l.at = status, now
	var sum [2]int64
	for _, layer := range l.done {
		sum[0] += layer[0]
		sum[1] += layer[1]
	}
	l.report(Progress{Status: status, Completed: sum[0], Total: sum[1]})
}
