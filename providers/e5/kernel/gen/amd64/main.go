// Command amd64 writes the amd64 assembly of package kernel with avo: the
// integer products and the vector functions, each for two widths of vectors.
package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

func main() {
	shared := map[string]operand.Mem{}
	avx512 := vector{name: "AVX512", lanes: 16, new: build.ZMM, rows: 6, shared: shared}
	avx2 := vector{name: "AVX2", lanes: 8, new: build.YMM, rows: 3, shared: shared}
	for _, v := range []vector{avx512, avx2} {
		v.multiply()
		v.quantize("quantize"+v.name, true)
		v.gelu()
		v.addNorm()
		v.transpose()
		v.scores()
		v.softmax()
		v.context()
	}
	avx512.multiplyTiles()
	avx512.quantize("quantizeAMX", false)
	build.Generate()
}
