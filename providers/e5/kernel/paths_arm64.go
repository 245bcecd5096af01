package kernel

import "golang.org/x/sys/cpu"

// vectorPaths returns the NEON path, which every arm64 processor can take; those
// with the dot product extension (all but the oldest) multiply with it.
func vectorPaths() []Path { return []Path{neonPath(cpu.ARM64.HasASIMDDP)} }

func neonPath(dotProducts bool) Path {
	n := &native{
		lanes: 4, layout: layout{panel: 8, run: 4, rowTile: 3}, multiplyTiles: multiplyLong,
		quantizeRow: quantizeNEON, geluRow: geluNEON, addNormRow: addNormNEON,
		transpose: transposeNEON, scores: scoresNEON, softmax: softmaxNEON, context: contextNEON,
	}
	if dotProducts {
		n.layout.rowTile, n.multiplyTiles = 6, multiplyDot
	}
	return Path{name: "neon", layout: n.layout, steps: n}
}
