package text

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// The terms of a passage are stored as one blob, little-endian:
//
//	uvarint  length: the number of terms, repeated ones counted
//	uvarint  n: the number of distinct terms
//	n x 4    their hashes, strictly ascending
//	n x 1    how often each occurs, 255 standing for any more
//
// There is no dictionary: two terms of one hash become one term, which happens
// to about one pair among 100,000 terms.

// MaxLength is the largest length of a passage that Decode accepts, in terms.
const MaxLength = 1 << 28

// Encode appends to dst the blob of the terms of all the texts together: a
// passage with its title and its heading path.
func (a *Analyzer) Encode(dst []byte, texts ...string) []byte {
	a.hash = a.hash[:0]
	for _, s := range texts {
		a.hash = a.AppendHashes(a.hash, s)
	}
	return appendBlob(dst, a.hash)
}

// appendBlob sorts hashes and appends their blob to dst.
func appendBlob(dst []byte, hashes []uint32) []byte {
	slices.Sort(hashes)
	distinct := 0
	for i, h := range hashes {
		if i == 0 || h != hashes[i-1] {
			distinct++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(hashes)))
	dst = binary.AppendUvarint(dst, uint64(distinct))
	dst = slices.Grow(dst, 5*distinct)
	at := len(dst)
	dst = dst[:at+5*distinct]
	freqs := dst[at+4*distinct:]
	for i := 0; i < len(hashes); {
		h, run := hashes[i], i
		for i < len(hashes) && hashes[i] == h {
			i++
		}
		binary.LittleEndian.PutUint32(dst[at:], h)
		freqs[0] = uint8(min(i-run, math.MaxUint8))
		at, freqs = at+4, freqs[1:]
	}
	return dst
}

// TermSet reads a blob in place.
type TermSet struct {
	length int
	hashes []byte
	freqs  []byte
}

var (
	errShort  = errors.New("the stored terms of a passage are cut off")
	errLength = errors.New("the stored terms of a passage have an impossible length")
	errOrder  = errors.New("the stored terms of a passage are not in order, or occur no time")
)

// Decode checks a blob and returns it for reading. The blob must not change
// while the TermSet is in use.
func Decode(blob []byte) (TermSet, error) {
	length, n := binary.Uvarint(blob)
	if n <= 0 {
		return TermSet{}, errShort
	}
	blob = blob[n:]
	distinct, n := binary.Uvarint(blob)
	if n <= 0 {
		return TermSet{}, errShort
	}
	blob = blob[n:]
	if length > MaxLength || distinct > length || (distinct == 0) != (length == 0) {
		return TermSet{}, errLength
	}
	if uint64(len(blob)) != 5*distinct {
		return TermSet{}, errShort
	}
	t := TermSet{length: int(length), hashes: blob[:4*distinct], freqs: blob[4*distinct:]}
	last := int64(-1)
	for i, f := range t.freqs {
		h := int64(binary.LittleEndian.Uint32(t.hashes[4*i:]))
		if h <= last || f == 0 {
			return TermSet{}, errOrder
		}
		last = h
	}
	return t, nil
}

// Length returns the number of terms, repeated ones counted.
func (t TermSet) Length() int { return t.length }

// Len returns the number of distinct terms.
func (t TermSet) Len() int { return len(t.freqs) }

// Hash returns the hash of the i-th distinct term; they ascend.
func (t TermSet) Hash(i int) uint32 { return binary.LittleEndian.Uint32(t.hashes[4*i:]) }

// Freq returns how often the i-th distinct term occurs, 1..255.
func (t TermSet) Freq(i int) uint8 { return t.freqs[i] }
