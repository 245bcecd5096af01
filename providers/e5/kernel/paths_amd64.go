package kernel

import "golang.org/x/sys/cpu"

//go:generate go run ./gen/amd64 -out kernel_amd64.s -stubs stubs_amd64.go -pkg kernel

// vectorPaths looks up what the processor has.
func vectorPaths() []Path {
	var found []Path
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VNNI {
		found = append(found, Path{name: "avx512vnni", layout: bytes32, steps: &native{
			lanes: 16, layout: bytes32, multiplyTiles: multiplyVNNI, quantizeRow: quantizeAVX512,
			geluRow: geluAVX512, addNormRow: addNormAVX512, transpose: transposeAVX512,
			scores: scoresAVX512, softmax: softmaxAVX512, context: contextAVX512,
		}})
	}
	if x.HasAVX2 && x.HasFMA {
		found = append(found, Path{name: "avx2", layout: nibble16, steps: &native{
			lanes: 8, layout: nibble16, multiplyTiles: multiplyNibbles, quantizeRow: quantizeAVX2,
			geluRow: geluAVX2, addNormRow: addNormAVX2, transpose: transposeAVX2,
			scores: scoresAVX2, softmax: softmaxAVX2, context: contextAVX2,
		}})
	}
	return found
}
