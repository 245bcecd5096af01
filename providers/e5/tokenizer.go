package e5

import "sync"

// Tokenizer cuts text into the pieces of XLM-R's Unigram vocabulary (Kudo 2018,
// arXiv:1804.10959): it normalises as SentencePiece does (the rules nmt_nfkc of
// the vocabulary's own release, white space runs to one) and then finds, word
// by word, the most probable sequence of pieces. Words are compared in float64
// and by themselves, as in the library that the model was trained with, so a
// word's pieces do not depend on what stands around it. Time is linear in the
// text and memory stays below 4 MB, whatever the text is. A Tokenizer is safe for
// concurrent use.
type Tokenizer struct {
	tables   tokenTables
	unknown  int32
	lattices sync.Pool
}

// NewTokenizer returns a tokenizer that works on f's tables in place.
func NewTokenizer(f *File) *Tokenizer {
	return &Tokenizer{tables: f.tables, unknown: f.shape.Unknown}
}

// Encode appends the ids of text, at most limit of them, to dst; <s> and </s>
// are not among them. Text never yields the ids of special tokens but <unk>.
// Bytes that are not UTF-8 count as U+FFFD each.
func (t *Tokenizer) Encode(dst []int32, text string, limit int) []int32 {
	l := t.lattice(text)
	defer t.release(l)
	start, more := len(dst), true
	for more && len(dst)-start < limit {
		dst, more = l.next(dst)
	}
	return dst[:start+min(len(dst)-start, max(limit, 0))]
}

// Count returns how many ids text has, <s> and </s> not included.
func (t *Tokenizer) Count(text string) int {
	l := t.lattice(text)
	defer t.release(l)
	n, more := 0, true
	for more {
		l.ids, more = l.next(l.ids[:0])
		n += len(l.ids)
	}
	return n
}

func (t *Tokenizer) lattice(text string) *lattice {
	l, ok := t.lattices.Get().(*lattice)
	if !ok {
		l = &lattice{tables: t.tables, unknown: t.unknown}
	}
	l.reset(text)
	return l
}

func (t *Tokenizer) release(l *lattice) {
	l.rest = "" // the pool must not keep the text alive
	t.lattices.Put(l)
}
