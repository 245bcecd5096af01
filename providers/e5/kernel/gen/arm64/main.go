// Command arm64 writes the NEON assembly of package kernel. avo makes amd64 code
// only, and Go's assembler lacks many of the instructions, so this command
// encodes those itself and leaves the rest to Go's assembler.
package main

import (
	"flag"
	"log"
	"os"
)

func main() {
	code := flag.String("out", "", "file for the assembly")
	stubs := flag.String("stubs", "", "file for the declarations")
	flag.Parse()
	a := &assembler{}
	a.multiplyDot()
	a.multiplyLong()
	a.quantize()
	a.gelu()
	a.addNorm()
	a.transpose()
	a.scores()
	a.softmax()
	a.context()
	for path, text := range map[string]string{*code: a.assembly(), *stubs: a.declarations()} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
