package providers

import (
	"context"
	"slices"
	"strings"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"

	"syft-space/app/space"
)

// ollamaFacts is what an Ollama says of a model.
type ollamaFacts struct {
	window  int  // tokens that the model was made for; 0 where unknown
	told    bool // the server is recent enough to tell what a model can do
	chats   bool
	embeds  bool
	pooling string // as in space.EmbedderInfo
}

// show asks what the server knows of the model.
func (s *ollamaServer) show(ctx context.Context) (*ollamaFacts, error) {
	inner, cancel := within(ctx, s.deps.Limits.Request)
	defer cancel()
	res, err := s.client.Show(inner, &api.ShowRequest{Model: s.peer.model})
	if err != nil {
		return nil, s.peer.fault(ctx, inner, err)
	}
	return factsOf(res.ModelInfo, res.Capabilities), nil
}

func factsOf(info map[string]any, caps []model.Capability) *ollamaFacts {
	f := &ollamaFacts{
		told:   len(caps) > 0,
		chats:  slices.Contains(caps, model.CapabilityCompletion),
		embeds: slices.Contains(caps, model.CapabilityEmbedding),
	}
	arch, _ := info["general.architecture"].(string)
	if n, ok := info[arch+".context_length"].(float64); ok && n > 0 {
		f.window = int(n)
	}
	// llama.cpp's enum llama_pooling_type.
	switch n, _ := info[arch+".pooling_type"].(float64); n {
	case 1:
		f.pooling = "mean"
	case 2:
		f.pooling = "cls"
	case 3:
		f.pooling = "last"
	}
	return f
}

// models lists what the server has pulled.
func (s *ollamaServer) models(ctx context.Context) (AvailableModels, error) {
	inner, cancel := within(ctx, s.deps.Limits.Request)
	defer cancel()
	list, err := s.client.List(inner)
	if err != nil {
		return AvailableModels{}, s.peer.fault(ctx, inner, err)
	}
	out := AvailableModels{Models: []AvailableModel{}}
	for _, m := range list.Models {
		out.Models = append(out.Models, AvailableModel{Name: m.Name, Size: m.Size, Kind: s.kind(inner, m.Name)})
	}
	return out.sorted(), nil
}

// kind asks what one of the listed models is for.
func (s *ollamaServer) kind(ctx context.Context, name string) string {
	res, err := s.client.Show(ctx, &api.ShowRequest{Model: name})
	if err != nil {
		return guessKind(name)
	}
	switch f := factsOf(res.ModelInfo, res.Capabilities); {
	case !f.told:
		return guessKind(name)
	case f.chats:
		return kindChat
	case f.embeds:
		return kindEmbedding
	}
	return kindOther
}

// Check implements Checker: the server answers, has the model, and the model
// is one that chats.
func (m *ollamaModel) Check(ctx context.Context) (string, error) {
	inner, cancel := within(ctx, m.deps.Limits.Request)
	defer cancel()
	version, err := m.client.Version(inner)
	if err != nil {
		return "", m.peer.fault(ctx, inner, err)
	}
	facts, err := m.show(ctx)
	if err != nil {
		return "", err
	}
	if facts.told && !facts.chats {
		return "", space.Errorf(space.KindUpstream, "the model '%s' cannot chat; choose another", m.config.Model)
	}
	return "Ollama " + version + " has the model '" + m.config.Model + "'", nil
}

// digest returns the digest of the model's files, "" where the server does not
// list it under the name.
func (s *ollamaServer) digest(ctx context.Context) (string, error) {
	inner, cancel := within(ctx, s.deps.Limits.Request)
	defer cancel()
	list, err := s.client.List(inner)
	if err != nil {
		return "", s.peer.fault(ctx, inner, err)
	}
	for _, m := range list.Models {
		if m.Name == s.peer.model || m.Name == s.peer.model+":latest" && !strings.Contains(s.peer.model, ":") {
			return m.Digest, nil
		}
	}
	return "", nil
}
