package providers

import (
	"net/http"
	"time"

	"syft-space/app/space"
)

// Deps are what the types work with. Zero fields are replaced by what a
// running Space uses.
type Deps struct {
	// Transport carries the requests; nil means one of our own, which follows
	// the environment's proxy settings and gives up connecting after
	// Limits.Connect.
	Transport http.RoundTripper
	Clock     space.Clock
	// CountTokens counts a text in the tokens of the built-in embedder, for
	// estimates where a server does not count; nil means a rougher estimate.
	CountTokens func(text string) int
	// Embedder compares sentences by meaning for the extractive model, which
	// finds answers in other words and languages with it; nil means by words
	// alone. The built-in one takes about 0.2 s on one core for an answer.
	Embedder space.Embedder
	Limits   Limits
}

// Limits bound what a server may take. They are generous: a model of many
// gigabytes is read from disk before its first token.
type Limits struct {
	Connect       time.Duration // until a connection stands, 10 s
	FirstToken    time.Duration // until an answer begins, 5 min
	BetweenTokens time.Duration // of silence within an answer, 60 s
	Request       time.Duration // for a short question about the server or a model, 15 s
	Embed         time.Duration // for one batch of texts, 2 min
	Pull          time.Duration // of silence while a model is downloaded and checked, 10 min
	AnswerBytes   int64         // of the text of one answer, 1 MiB
	BodyBytes     int64         // of anything that a server sends at once, 64 MiB
	Tries         int           // of one batch of texts, 3
	Backoff       time.Duration // before the second try, 500 ms; it doubles
}

func (l Limits) filled() Limits {
	or(&l.Connect, 10*time.Second)
	or(&l.FirstToken, 5*time.Minute)
	or(&l.BetweenTokens, time.Minute)
	or(&l.Request, 15*time.Second)
	or(&l.Embed, 2*time.Minute)
	or(&l.Pull, 10*time.Minute)
	or(&l.AnswerBytes, 1<<20)
	or(&l.BodyBytes, 64<<20)
	or(&l.Tries, 3)
	or(&l.Backoff, 500*time.Millisecond)
	return l
}

func or[T comparable](field *T, otherwise T) {
	var zero T
	if *field == zero {
		*field = otherwise
	}
}

func (d Deps) filled() Deps {
	d.Limits = d.Limits.filled()
	if d.Transport == nil {
		d.Transport = newTransport(d.Limits.Connect)
	}
	if d.Clock == nil {
		d.Clock = space.SystemClock
	}
	if d.CountTokens == nil {
		d.CountTokens = estimateTokens
	}
	return d
}
