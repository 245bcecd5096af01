package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestProductsWithoutDotInstructions covers the processors that lack them.
func TestProductsWithoutDotInstructions(t *testing.T) {
	t.Parallel()
	p := neonPath(false)
	rng := rand.New(rand.NewPCG(8, 8))
	for _, tokens := range []int{1, 3, 7} {
		for _, extreme := range []bool{false, true} {
			pr := randomProduct(rng, tokens, 96, 384, extreme)
			requireEqual(t, pr.run(&p), pr.exact())
		}
	}
}
