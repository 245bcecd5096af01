package bm25_test

import (
	"math"
	"math/rand/v2"
	"strings"
)

// vocabulary returns n made-up words, in the order of their frequency.
func vocabulary(rng *rand.Rand, n int) []string {
	const consonants, vowels = "bcdfghjklmnprstvwz", "aeiou"
	seen := map[string]bool{}
	words := make([]string, 0, n)
	for len(words) < n {
		var b strings.Builder
		for range 1 + rng.IntN(2) + len(words)*3/n {
			b.WriteByte(consonants[rng.IntN(len(consonants))])
			b.WriteByte(vowels[rng.IntN(len(vowels))])
			if rng.IntN(2) == 0 {
				b.WriteByte(consonants[rng.IntN(len(consonants))])
			}
		}
		if w := b.String(); !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	return words
}

// sentence draws n words by Zipf's law with exponent 1.
func sentence(rng *rand.Rand, words []string, n int) string {
	picked := make([]string, n)
	limit := math.Log(float64(len(words)) + 1)
	for i := range picked {
		rank := int(math.Exp(rng.Float64()*limit)) - 1
		picked[i] = words[min(rank, len(words)-1)]
	}
	return strings.Join(picked, " ")
}
