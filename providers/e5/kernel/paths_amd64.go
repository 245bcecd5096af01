package kernel

import "golang.org/x/sys/cpu"

// vectorPaths looks up what the processor has.
func vectorPaths() []Path {
	var found []Path
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512VNNI {
		vnni := native{
			lanes: 16, layout: layout{panel: 32, run: 4, zero: storedZero, rowTile: 6},
			multiplyTiles: multiplyAVX512, quantizeRow: quantizeAVX512,
			geluRow: geluAVX512, addNormRow: addNormAVX512, transpose: transposeAVX512,
			scores: scoresAVX512, softmax: softmaxAVX512, context: contextAVX512,
		}
		if tilesAllowed() {
			amx := vnni
			amx.layout.zero, amx.multiplyTiles, amx.quantizeRow = 0, multiplyAMX, quantizeAMX
			found = append(found, Path{name: "amx", layout: amx.layout, steps: &amx})
		}
		found = append(found, Path{name: "avx512vnni", layout: vnni.layout, steps: &vnni})
	}
	if x.HasAVX2 && x.HasFMA {
		l := layout{panel: 16, run: 4, zero: storedZero, rowTile: 3}
		found = append(found, Path{name: "avx2", layout: l, steps: &native{
			lanes: 8, layout: l, multiplyTiles: multiplyAVX2, quantizeRow: quantizeAVX2,
			geluRow: geluAVX2, addNormRow: addNormAVX2, transpose: transposeAVX2,
			scores: scoresAVX2, softmax: softmaxAVX2, context: contextAVX2,
		}})
	}
	return found
}
