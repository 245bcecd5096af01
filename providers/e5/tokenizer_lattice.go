package e5

import (
	"slices"
	"unicode/utf8"
)

const (
	// window is how many bytes of a long word are looked at, at least, before
	// the tokens that can no longer change are handed out.
	window = 4 << 10

	// patience is how many bytes of a word may wait for its ways to meet. Only
	// one sign repeated without end gets there, and is then cut where it stands.
	patience = 64 << 10
)

// lattice finds the most probable pieces of one word after the other by
// Viterbi's algorithm. nodes[i] is the best way found to cover the word's first
// i bytes. A word longer than window is cut where all ways that may still win
// have met, so the result is the same as if the whole word were held at once.
// As the bytes at hand double until then, time stays linear.
type lattice struct {
	tables  tokenTables
	unknown int32

	rest    string // text still to be normalised
	spelled []byte // normalised text still to be divided into words
	word    []byte // the word in hand, less what was handed out
	nodes   []latticeNode
	begun   bool // a part of the word was handed out
	done    int  // pieces that start before this byte of word are in nodes
	tail    bool // the last id handed out belongs to this word and is <unk>
	live    []int
	ids     []int32
}

// latticeNode ends at its index; id is its last piece, which starts at start.
type latticeNode struct {
	score float64
	id    int32
	start int32 // unreached, or 0 for the first node
}

const unreached = -1

func (l *lattice) reset(text string) {
	l.rest, l.spelled = text, nil
	l.begin()
}

// begin starts a new word.
func (l *lattice) begin() {
	l.word = append(l.word[:0], wordMark...)
	l.nodes = append(l.nodes[:0], latticeNode{})
	l.begun, l.done, l.tail = false, 0, false
}

// bare reports that the word in hand is only its mark so far.
func (l *lattice) bare() bool { return !l.begun && len(l.word) == len(wordMark) }

// next appends the ids of a word, or of a part of a long one, to dst and
// reports whether there may be more. It may append nothing.
func (l *lattice) next(dst []int32) ([]int32, bool) {
	complete := l.fill()
	if complete && l.bare() {
		return dst, false
	}
	for len(l.nodes) <= len(l.word) {
		l.nodes = append(l.nodes, latticeNode{start: unreached})
	}
	l.extend(complete)
	if complete {
		dst = l.emit(dst, len(l.word))
		l.begin()
		return dst, true
	}
	if cut := l.settled(); len(l.word)-cut <= patience {
		dst = l.emit(dst, cut)
		l.drop(cut)
		return dst, true
	}
	dst = l.emit(dst, l.done)
	l.drop(l.done)
	l.nodes = l.nodes[:1] // the others are of ways around the cut
	return dst, true
}

// extend adds to nodes every piece that starts at l.done or later, up to the
// first place where a piece could reach beyond the bytes at hand.
func (l *lattice) extend(complete bool) {
	for l.done < len(l.word) {
		if !l.extendAt(l.done) && !complete {
			return
		}
		l.done += runeLen(l.word[l.done])
	}
}

// extendAt adds the pieces that start at start. It returns false if the bytes
// at hand ended before the trie did; doing the same place again does no harm.
func (l *lattice) extendAt(start int) (whole bool) {
	pieces, first := l.tables.pieces, start+runeLen(l.word[start])
	node, ok, single := pieces.at(0), true, false
	for end := start; end < len(l.word); {
		if node, ok = pieces.child(node, l.word[end]); !ok {
			break
		}
		end++
		if id, ends := pieces.value(node); ends {
			l.offer(start, end, id)
			single = single || end == first
		}
	}
	if !single {
		l.offer(start, first, l.unknown)
	}
	return !ok
}

func (l *lattice) offer(start, end int, id int32) {
	score := l.nodes[start].score + l.tables.score(id)
	if n := &l.nodes[end]; n.start == unreached || score > n.score {
		*n = latticeNode{score: score, id: id, start: int32(start)}
	}
}

// settled returns the last byte boundary that lies on every way that may still
// win: it walks all of them back, the furthest first, until they have met.
func (l *lattice) settled() int {
	l.live = l.live[:0]
	for i := l.done; i < len(l.nodes); i++ {
		if l.nodes[i].start != unreached {
			l.live = append(l.live, i)
		}
	}
	for len(l.live) > 1 {
		last := len(l.live) - 1
		before := int(l.nodes[l.live[last]].start)
		l.live = l.live[:last]
		if at, found := slices.BinarySearch(l.live, before); !found {
			l.live = slices.Insert(l.live, at, before)
		}
	}
	return l.live[0]
}

// emit appends the best pieces of the word's first end bytes; a run of <unk>
// within a word counts as one.
func (l *lattice) emit(dst []int32, end int) []int32 {
	from := len(dst)
	for at := end; at > 0; at = int(l.nodes[at].start) {
		dst = append(dst, l.nodes[at].id)
	}
	slices.Reverse(dst[from:])
	kept := dst[:from]
	for _, id := range dst[from:] {
		if id != l.unknown || !l.tail {
			kept = append(kept, id)
		}
		l.tail = id == l.unknown
	}
	return kept
}

// drop forgets the word's first n bytes, at which all live ways have met. Dead
// ways may lead around that place; nothing will walk them.
func (l *lattice) drop(n int) {
	l.word = l.word[:copy(l.word, l.word[n:])]
	l.nodes = l.nodes[:copy(l.nodes, l.nodes[n:])]
	for i := range l.nodes {
		if l.nodes[i].start != unreached {
			l.nodes[i].start = max(l.nodes[i].start-int32(n), 0)
		}
	}
	l.done -= n
	l.begun = true
}

// runeLen returns the length of the UTF-8 character that begins with b, within
// text that is known to be valid.
func runeLen(b byte) int {
	switch {
	case b < utf8.RuneSelf:
		return 1
	case b < 0xe0:
		return 2
	case b < 0xf0:
		return 3
	}
	return 4
}
