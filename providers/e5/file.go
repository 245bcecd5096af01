package e5

import (
	"errors"
	"fmt"
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
//	centre                          float32 [1][384]      see Head
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

// ErrDamaged is wrapped by every error of [ReadHead] and [Open]: the bytes are
// not the file that the program was built with.
var ErrDamaged = errors.New("the built-in model's weights are damaged; install the program again")

// File gives access to the weights file without copying its large parts. It
// holds on to the bytes given to [Open] and is safe for concurrent use.
type File struct {
	shape  Shape
	centre []float32
	tables tokenTables
	embed  Embedding
	layers []Layer
}

// Open checks every section of data against its checksum (about 10 ms for the
// embedded file once it is in the page cache) and returns a reader over it.
// The caller must not change data afterwards. Errors wrap [ErrDamaged].
func Open(data []byte) (*File, error) {
	head, err := ReadHead(data)
	if err != nil {
		return nil, err
	}
	f, r := &File{shape: head.Shape, centre: head.Centre}, sectionReader{dir: head.dir}
	f.tables = r.tokenTables(f.shape)
	f.embed = r.embedding(f.shape)
	for i := range f.shape.Layers {
		f.layers = append(f.layers, r.layer(i, f.shape))
	}
	if r.err != nil {
		return nil, damaged(r.err)
	}
	return f, nil
}

func damaged(err error) error { return fmt.Errorf("%w (%w)", ErrDamaged, err) }

// Shape returns the model's dimensions.
func (f *File) Shape() Shape { return f.shape }

// Centre returns the mean of the unit vectors of unrelated passages.
func (f *File) Centre() []float32 { return f.centre }

// Embedding returns the tables of the model's first step.
func (f *File) Embedding() Embedding { return f.embed }

// Layer returns the weights of layer i, 0..Shape.Layers-1.
func (f *File) Layer(i int) Layer { return f.layers[i] }
