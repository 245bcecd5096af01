// Package text analyses text: it finds the terms that the word index counts,
// the sentences that passages are cut at, and the scripts that decide how a
// question is weighed. Ingestion, search and the extractive model share it, so
// that a word is the same word everywhere.
package text

// Version names the analysis behind Encode. Terms of another version are made
// anew from the stored text; raise it with every change of what Terms returns
// or of how Encode writes it.
const Version = 1
