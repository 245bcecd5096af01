// Package e5 is the built-in embedder: multilingual-e5-small (Wang et al.
// 2024, arXiv:2402.05672) computed in this process, from one embedded file.
package e5
