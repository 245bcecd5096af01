// Command amd64 writes the amd64 assembly of package kernel with avo: the
// integer products of both paths, and the vector functions for each width.
package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

func main() {
	shared := map[string]operand.Mem{}
	avx512 := vector{name: "AVX512", lanes: 16, new: build.ZMM, rows: 6, shared: shared}
	avx2 := vector{name: "AVX2", lanes: 8, new: build.YMM, rows: 3, shared: shared}
	avx512.multiplyBytes()
	avx2.multiplyNibbles()
	for _, v := range []vector{avx512, avx2} {
		v.quantize()
		v.gelu()
		v.addNorm()
		v.transpose()
		v.scores()
		v.softmax()
		v.context()
	}
	build.Generate()
}
