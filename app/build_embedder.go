package app

import (
	"bytes"

	"syft-space/app/space"
	"syft-space/providers"
	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
	"syft-space/vectorstore"
)

// buildEmbedder makes the built-in embedder, unless a test brings its own.
// Nothing is loaded before it is first used.
func (b *builder) buildEmbedder() {
	b.kernel = func() string { return "" }
	if b.Embedder != nil {
		return
	}
	builtin := e5.New(weights.Data(), e5.Options{Threads: b.cfg.Embedder.Threads, Kernel: b.Kernel})
	b.onClose(builtin.Close)
	b.Embedder, b.kernel = builtin, builtin.Kernel
}

// openEmbedder opens the embedder that a dataset chose.
func (b *builder) openEmbedder(choice space.EmbedderChoice) (space.Embedder, error) {
	if choice.Type == "builtin" {
		return b.Embedder, nil
	}
	return providers.OpenEmbedder(b.embedders, providers.EmbedderConfig(choice))
}

// makerOf opens the embedder that made a dataset's vectors: the one that it has
// chosen now, or the one that chosen names while it is on its way from that.
func (b *builder) makerOf(d space.Dataset, chosen space.Config) (space.Embedder, error) {
	now, planned, err := b.plan(d)
	if err != nil {
		return nil, err
	}
	if !planned {
		return nil, space.Errorf(space.KindInvalid, "A dataset of the type '%s' has no embedder in this Space", d.Type)
	}
	if len(chosen) > 0 && !bytes.Equal(chosen, d.Configuration) {
		d.Configuration = chosen
		if before, _, err := b.plan(d); err == nil && !before.Embedder.Same(now.Embedder) {
			return b.openEmbedder(before.Embedder)
		}
	}
	return b.openEmbedder(now.Embedder)
}

// embedderOf opens the embedder that a dataset has chosen.
func (b *builder) embedderOf(d space.Dataset) (space.Embedder, error) { return b.makerOf(d, nil) }

// plan reads what a dataset's configuration asks of ingestion.
func (b *builder) plan(d space.Dataset) (space.IngestPlan, bool, error) {
	typ, config, err := b.datasets.open(d.Type, d.Configuration)
	if err != nil {
		return space.IngestPlan{}, false, err
	}
	planner, ok := typ.(vectorstore.Planner)
	if !ok {
		return space.IngestPlan{}, false, nil
	}
	return planner.Plan(config), true, nil
}
