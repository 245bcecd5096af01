// Package providers connects a Space to the language models that answer and to
// the remote embedders that turn text into vectors: any server with the API of
// OpenAI or of Ollama, and a model of our own that quotes the documents
// themselves. Whatever a server does, silence and floods included, a caller
// gets an answer, or a space.Error whose detail is safe to show.
package providers
