package codes

import "golang.org/x/sys/cpu"

//go:generate go run ./gen -out scan_kernel_amd64.s -stubs scan_kernel_amd64.go -pkg codes

// vectorScanners returns what this processor has beyond scanPlain, fastest first.
func vectorScanners() []scanner {
	var found []scanner
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512VPOPCNTDQ && cpu.X86.HasAVX512VL {
		found = append(found, scanWide)
	}
	if cpu.X86.HasAVX2 {
		found = append(found, scanHalf)
	}
	return found
}

// scanWide uses AVX-512 with VPOPCNTDQ.
func scanWide(h []uint32, codes, planes []uint64, lines int) {
	n := len(h) &^ 3
	if lines > 8 { // counts would not fit into 16 bits
		n = 0
	}
	if n > 0 {
		_, _ = codes[n*lines*lineWords-1], planes[lines*planeWords-1]
		scanAVX512(&h[0], &codes[0], &planes[0], n, lines)
	}
	scanPlain(h[n:], codes[n*lines*lineWords:], planes, lines)
}

// scanHalf uses AVX2.
func scanHalf(h []uint32, codes, planes []uint64, lines int) {
	if len(h) > 0 {
		_, _ = codes[len(h)*lines*lineWords-1], planes[lines*planeWords-1]
		scanAVX2(&h[0], &codes[0], &planes[0], len(h), lines)
	}
}
