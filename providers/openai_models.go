package providers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"syft-space/app/space"
)

// models lists what the server offers.
func (s *openAIServer) models(ctx context.Context) (AvailableModels, error) {
	inner, cancel := within(ctx, s.deps.Limits.Request)
	defer cancel()
	var list struct {
		Data []struct {
			ID      string `json:"id"`
			OwnedBy string `json:"owned_by"`
		} `json:"data"`
	}
	var raw *http.Response
	if err := s.client.Get(inner, "models", nil, &raw); err != nil {
		return AvailableModels{}, s.peer.fault(ctx, inner, err)
	}
	defer raw.Body.Close()
	if err := json.NewDecoder(raw.Body).Decode(&list); err != nil {
		return AvailableModels{}, s.peer.fault(ctx, inner, err)
	}
	out := AvailableModels{Models: []AvailableModel{}}
	for _, m := range list.Data {
		if m.ID != "" {
			out.Models = append(out.Models, AvailableModel{Name: m.ID, Kind: guessKind(m.ID)})
		}
	}
	return out.sorted(), nil
}

// guessKind tells what a model is for where its server does not say: OpenAI's
// list mixes models for chat with others.
func guessKind(name string) string {
	name = strings.ToLower(name)
	for _, mark := range [...]string{"embed", "bge-", "e5-", "minilm", "gte-"} {
		if strings.Contains(name, mark) {
			return kindEmbedding
		}
	}
	for _, mark := range [...]string{"whisper", "tts", "dall-e", "gpt-image", "moderation", "transcribe", "realtime", "audio", "sora", "rerank"} {
		if strings.Contains(name, mark) {
			return kindOther
		}
	}
	return kindChat
}

// Check implements Checker: the server answers, takes the key and has the
// model. A server that lists one model answers to any name; one that lists
// none can only be tried.
func (m *openAIModel) Check(ctx context.Context) (string, error) {
	list, err := m.models(ctx)
	var r *refusal
	if errors.As(err, &r) && (r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.status == http.StatusNotImplemented) {
		return "the server answers; it does not list its models", nil
	}
	if err != nil {
		return "", err
	}
	has := slices.ContainsFunc(list.Models, func(a AvailableModel) bool { return a.Name == m.config.Model })
	switch {
	case has:
		return "the server has the model '" + m.config.Model + "'", nil
	case len(list.Models) <= 1:
		return "the server answers; it does not name the model '" + m.config.Model + "'", nil
	}
	return "", space.Errorf(space.KindUpstream, "%s", m.peer.absent)
}
