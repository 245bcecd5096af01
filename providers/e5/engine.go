package e5

import (
	"context"
	"runtime"
	"sync"

	"syft-space/app/space"
	"syft-space/providers/e5/kernel"
)

// The model's facts. Texts are embedded as "<s> prefix text </s>".
const (
	modelID       = "builtin/multilingual-e5-small"
	queryPrefix   = "query: "
	passagePrefix = "passage: "
	pooling       = "mean, centred"
)

// KernelEnv names the environment variable whose value the program passes as
// [Options.Kernel], so that an operator can rule out a faulty code path. The
// composition root reads it; nothing else does.
const KernelEnv = "SYFT_E5_KERNEL"

// Options tune an [Embedder]. The zero value suits a machine of its own.
type Options struct {
	Threads int    // passes computed at once; all cores where below 1
	Kernel  string // one of kernel.Names, "" for the fastest
}

// Embedder is the built-in embedder. It touches its weights when first used and
// is safe for concurrent use. Questions go before passages: a running pass of
// passages lets them through between two layers.
type Embedder struct {
	data  []byte
	opts  Options
	turns *turns

	info  func() (space.EmbedderInfo, error)
	words func() (*vocabulary, error)
	model func() (*model, error)
}

var _ space.Embedder = (*Embedder)(nil)

// New returns an embedder over the weights file, whose bytes must not change.
// Damage shows at the first use.
func New(data []byte, opts Options) *Embedder {
	if opts.Threads < 1 {
		opts.Threads = runtime.GOMAXPROCS(0)
	}
	e := &Embedder{data: data, opts: opts, turns: newTurns(opts.Threads)}
	e.info = sync.OnceValues(e.readInfo)
	e.words = sync.OnceValues(e.openVocabulary)
	e.model = sync.OnceValues(e.loadModel)
	return e
}

// Kernel returns the name of the code path that embedding takes, "" where
// Options name one that this processor lacks.
func (e *Embedder) Kernel() string {
	path, err := kernel.Open(e.opts.Kernel)
	if err != nil {
		return ""
	}
	return path.Name()
}

// Info returns the model's facts. It reads the first few kilobytes of the file.
func (e *Embedder) Info(context.Context) (space.EmbedderInfo, error) { return e.info() }

// CountTokens returns the length of text in tokens, without prefix, <s> and
// </s>. Where the weights are damaged it returns the bytes, and [Embedder.Embed]
// says so.
func (e *Embedder) CountTokens(text string) int {
	words, err := e.words()
	if err != nil {
		return len(text)
	}
	return words.tokenizer.Count(text)
}

// Close refuses new work, ends what is running after its layer, and returns when
// nothing runs any more.
func (e *Embedder) Close() error {
	e.turns.close()
	return nil
}

// errClosed answers those who come after Close.
func errClosed() error {
	return space.Errorf(space.KindUnavailable, "The built-in embedder has been shut down; start the program again to use it.")
}

// errDamaged answers every use of weights that fail their checks.
func errDamaged(cause error) error {
	return space.Errorf(space.KindUpstream, "The built-in embedder's weights are damaged; install the program again.").WithCause(cause)
}
