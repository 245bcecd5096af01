package e5

import (
	"strings"

	"syft-space/app/space"
	"syft-space/providers/e5/kernel"
)

// readInfo reads no weights, so that a program that never embeds does not pull
// them into memory.
func (e *Embedder) readInfo() (space.EmbedderInfo, error) {
	head, err := ReadHead(e.data)
	if err != nil {
		return space.EmbedderInfo{}, errDamaged(err)
	}
	return space.EmbedderInfo{
		ID:            modelID,
		Revision:      head.Revision,
		Dimension:     head.Shape.Hidden,
		MaxTokens:     head.Shape.Positions,
		Pooling:       pooling,
		QueryPrefix:   queryPrefix,
		PassagePrefix: passagePrefix,
		Floor:         0,                                  // unrelated texts have no direction in common; see docs/adr/0012
		Centre:        make([]float32, head.Shape.Hidden), // it is taken off already
	}, nil
}

// vocabulary is what counting tokens needs: the checked file and its tokenizer.
type vocabulary struct {
	file      *File
	tokenizer *Tokenizer
}

func (e *Embedder) openVocabulary() (*vocabulary, error) {
	file, err := Open(e.data)
	if err != nil {
		return nil, errDamaged(err)
	}
	return &vocabulary{file: file, tokenizer: NewTokenizer(file)}, nil
}

func (e *Embedder) loadModel() (*model, error) {
	words, err := e.words()
	if err != nil {
		return nil, err
	}
	path, err := kernel.Open(e.opts.Kernel)
	if err != nil {
		return nil, space.Errorf(space.KindUpstream, "%s is %q, but this processor offers %s; choose one of those or unset it.",
			KernelEnv, e.opts.Kernel, strings.Join(kernel.Names(), ", ")).WithCause(err)
	}
	m, err := newModel(words.file, path)
	if err != nil {
		return nil, errDamaged(err)
	}
	return m, nil
}
