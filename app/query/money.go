package query

import "math"

// The words of a space.PolicyEntry that the pipeline itself reads.
const (
	kindPayment   = "payment"
	statusCharged = "charged"
)

// roundMicros undoes the errors of adding amounts that are whole millionths.
func roundMicros(v float64) float64 { return math.Round(v*1e6) / 1e6 }
