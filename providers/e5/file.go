package e5

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// The weights file is one immutable run of bytes that is read in place. All
// numbers are little-endian; every section starts at a multiple of
// [sectionAlign] from the file's start and is followed by zeros up to the next.
//
//	header, 64 bytes
//	  0  magic "syft-e5\n"        32  positions the model learned (512)
//	  8  format version, 1        36  pieces of the vocabulary (250,002)
//	 12  number of sections       40  LayerNorm epsilon, float32
//	 16  hidden width (384)       44  id of <s>
//	 20  layers (12)              48  id of </s>
//	 24  attention heads (12)     52  id of <unk>
//	 28  feed-forward width       56  zero
//	     (1536)                   60  CRC-32C of bytes 0..59 and the directory
//	directory, 64 bytes a section
//	  0  name, zero-padded        40  columns
//	 32  kind (kindFloat32, ...)  44  CRC-32C of the section
//	 36  rows                     48  offset, uint64
//	                              56  length in bytes, uint64
//	sections
//
// The sections, in the order of the file (layer.N for N = 0..11):
//
//	pieces.trie, pieces.score, normal.trie, normal.text   see Tokenizer
//	centre                          float32 [1][384]      see File.Centre
//	embed.word                      q4 [250002][384]      see Matrix
//	embed.position                  float32 [512][384]
//	embed.type                      float32 [1][384]
//	embed.norm.weight, .bias        float32 [1][384]
//	layer.N.query.weight, .bias     q4 [384][384], float32 [1][384]
//	layer.N.key.weight, .bias       the same
//	layer.N.value.weight, .bias     the same
//	layer.N.attn.out.weight, .bias  the same
//	layer.N.attn.norm.weight, .bias float32 [1][384]
//	layer.N.ffn.in.weight, .bias    q4 [1536][384], float32 [1][1536]
//	layer.N.ffn.out.weight, .bias   q4 [384][1536], float32 [1][384]
//	layer.N.ffn.norm.weight, .bias  float32 [1][384]
const (
	fileMagic    = "syft-e5\n"
	fileVersion  = 1
	headerSize   = 64
	entrySize    = 64
	sectionAlign = 64
)

// ErrDamaged is wrapped by every error of [Open]: the bytes are not the file
// that the program was built with.
var ErrDamaged = errors.New("the built-in model's weights are damaged; install the program again")

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

// File gives access to the weights file without copying its large parts. It
// holds on to the bytes given to [Open] and is safe for concurrent use.
type File struct {
	shape  Shape
	tables tokenTables
	centre []float32
	embed  Embedding
	layers []Layer
}

// Open checks every section of data against its checksum (about 10 ms for the
// embedded file once it is in the page cache) and returns a reader over it.
// The caller must not change data afterwards. Errors wrap [ErrDamaged].
func Open(data []byte) (*File, error) {
	f, err := open(data)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return f, nil
}

func open(data []byte) (*File, error) {
	if len(data) < headerSize || string(data[:len(fileMagic)]) != fileMagic {
		return nil, errors.New("not a weights file")
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != fileVersion {
		return nil, fmt.Errorf("format version %d where %d is expected", v, fileVersion)
	}
	dir, err := readDirectory(data)
	if err != nil {
		return nil, err
	}
	f := &File{}
	if f.shape, err = readShape(data); err != nil {
		return nil, err
	}
	r := sectionReader{dir: dir}
	f.tables = r.tokenTables(f.shape)
	f.centre = r.floats("centre", 1, f.shape.Hidden)
	f.embed = r.embedding(f.shape)
	for i := range f.shape.Layers {
		f.layers = append(f.layers, r.layer(i, f.shape))
	}
	if r.err != nil {
		return nil, r.err
	}
	return f, nil
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

// Shape returns the model's dimensions.
func (f *File) Shape() Shape { return f.shape }

// Centre returns the mean of the model's unit vectors of unrelated passages,
// [Shape.Hidden] wide: the point that one-bit codes subtract first. The caller
// must not change it.
func (f *File) Centre() []float32 { return f.centre }

// Embedding returns the tables of the model's first step.
func (f *File) Embedding() Embedding { return f.embed }

// Layer returns the weights of layer i, 0..Shape.Layers-1.
func (f *File) Layer(i int) Layer { return f.layers[i] }

// ExpandRow writes the word vector of token id, [Shape.Hidden] wide, to dst.
func (f *File) ExpandRow(id int, dst []float32) { f.embed.Word.Expand(id, dst) }
