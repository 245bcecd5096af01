package text

import (
	_ "embed"
	"iter"
	"strings"
)

//go:embed function_words.txt
var functionWords string

// FunctionWords yields languages by their codes, each with the words of it
// that ask or join rather than name, as Terms writes them.
func FunctionWords() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for line := range strings.Lines(functionWords) {
			code, words, ok := strings.Cut(strings.TrimSpace(line), " ")
			if ok && code != "#" && !yield(code, Terms(words)) {
				return
			}
		}
	}
}
