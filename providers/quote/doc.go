// Package quote finds the sentences of passages that answer a question. It
// needs no language model: it weighs the words of the question, and of the
// headings and questions under which a sentence stands, and leans on the rank
// and the similarity of its passage where the words are others.
package quote
