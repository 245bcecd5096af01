package e5

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// Head is what a weights file says of itself. To read it touches some kilobytes
// of the file and none of its weights.
type Head struct {
	Shape    Shape
	Revision string    // digest of header and directory, and by their checksums of all
	Centre   []float32 // mean of the unit vectors of unrelated passages, Shape.Hidden wide

	dir map[string]section
}

// Shape holds the model's dimensions.
type Shape struct {
	Hidden     int     // width of an embedding
	Layers     int     // transformer layers
	Heads      int     // attention heads in a layer, each Hidden/Heads wide
	FFN        int     // width inside the feed-forward part
	Positions  int     // longest input in tokens, <s> and </s> included
	Vocabulary int     // token ids are 0..Vocabulary-1
	Epsilon    float32 // added to the variance in LayerNorm
	BOS        int32   // <s>, before every input
	EOS        int32   // </s>, after every input
	Unknown    int32   // <unk>, text that no piece covers
}

// ReadHead reads the header, the directory and the centre, and checks them.
// Errors wrap [ErrDamaged].
func ReadHead(data []byte) (Head, error) {
	h, err := readHead(data)
	if err != nil {
		return Head{}, damaged(err)
	}
	return h, nil
}

func readHead(data []byte) (Head, error) {
	if len(data) < headerSize || string(data[:len(fileMagic)]) != fileMagic {
		return Head{}, errors.New("not a weights file")
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != fileVersion {
		return Head{}, fmt.Errorf("format version %d where %d is expected", v, fileVersion)
	}
	n := int(binary.LittleEndian.Uint32(data[12:]))
	end := headerSize + n*entrySize
	if n > len(data)/entrySize || end > len(data) {
		return Head{}, fmt.Errorf("cut off within its directory of %d sections", n)
	}
	if checksum(data[:60], data[headerSize:end]) != binary.LittleEndian.Uint32(data[60:]) {
		return Head{}, errors.New("the checksum of the directory does not match")
	}
	digest := sha256.Sum256(data[:end])
	h := Head{Revision: hex.EncodeToString(digest[:16])}
	var err error
	if h.Shape, err = readShape(data); err != nil {
		return Head{}, err
	}
	if h.dir, err = readDirectory(data, data[headerSize:end]); err != nil {
		return Head{}, err
	}
	r := sectionReader{dir: h.dir}
	h.Centre = r.floats("centre", 1, h.Shape.Hidden)
	return h, r.err
}

func readShape(data []byte) (Shape, error) {
	field := func(at int) int { return int(binary.LittleEndian.Uint32(data[at:])) }
	s := Shape{
		Hidden: field(16), Layers: field(20), Heads: field(24), FFN: field(28),
		Positions: field(32), Vocabulary: field(36),
		Epsilon: math.Float32frombits(binary.LittleEndian.Uint32(data[40:])),
		BOS:     int32(field(44)), EOS: int32(field(48)), Unknown: int32(field(52)),
	}
	switch {
	case s.Hidden == 0 || s.Hidden%blockWeights != 0 || s.FFN == 0 || s.FFN%blockWeights != 0:
		return s, fmt.Errorf("widths %d and %d are not multiples of %d", s.Hidden, s.FFN, blockWeights)
	case s.Heads == 0 || s.Hidden%s.Heads != 0:
		return s, fmt.Errorf("%d heads do not divide a width of %d", s.Heads, s.Hidden)
	case max(s.BOS, s.EOS, s.Unknown) >= int32(s.Vocabulary) || min(s.BOS, s.EOS, s.Unknown) < 0:
		return s, fmt.Errorf("a special token lies outside the vocabulary of %d", s.Vocabulary)
	}
	return s, nil
}

// checksum is CRC-32C, for which amd64 and arm64 have instructions.
func checksum(parts ...[]byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	var sum uint32
	for _, p := range parts {
		sum = crc32.Update(sum, table, p)
	}
	return sum
}
