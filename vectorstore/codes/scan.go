package codes

import "math/bits"

// scanner computes h of question for each of len(h) codes of the given number
// of cache lines. All scanners return the same numbers.
type scanner func(h []uint32, codes, planes []uint64, lines int)

// scanPlain is the scanner of every machine, and the measure of the others.
func scanPlain(h []uint32, codes, planes []uint64, lines int) {
	for i := range h {
		h[i] = 0
		for line := range lines {
			code := codes[(i*lines+line)*lineWords:][:lineWords]
			plane := planes[line*planeWords:][:planeWords]
			var c0, c1, c2, c3 int
			for w, word := range code {
				c0 += bits.OnesCount64(word ^ plane[w])
				c1 += bits.OnesCount64(word ^ plane[w+lineWords])
				c2 += bits.OnesCount64(word ^ plane[w+2*lineWords])
				c3 += bits.OnesCount64(word ^ plane[w+3*lineWords])
			}
			h[i] += uint32(c0 + c1<<1 + c2<<2 + c3<<3)
		}
	}
}

// fastest returns the best scanner of this machine.
func fastest() scanner {
	return append(vectorScanners(), scanPlain)[0]
}
