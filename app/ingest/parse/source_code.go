package parse

import (
	"context"
	"strings"

	"syft-space/app/space"
)

// sourceCodeFormat reads programs and configuration as code: blocks are what
// blank lines set apart before a line that is not indented.
func sourceCodeFormat() Format {
	return Format{
		Name: "source code",
		Extensions: []string{
			".go", ".py", ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".vue", ".svelte", ".java", ".kt", ".kts", ".scala",
			".groovy", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".cs", ".fs", ".vb", ".m", ".mm", ".swift", ".rs",
			".rb", ".php", ".pl", ".pm", ".lua", ".r", ".jl", ".dart", ".ex", ".exs", ".erl", ".hs", ".ml", ".clj", ".lisp",
			".el", ".scm", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".sql", ".css", ".scss", ".less",
			".graphql", ".proto", ".tf", ".nix", ".cmake", ".mk", ".gradle", ".yaml", ".yml", ".toml", ".ini", ".cfg",
			".conf", ".properties", ".env", ".diff", ".patch", ".asm", ".s", ".zig", ".nim", ".pas", ".f90", ".v", ".vhd",
		},
		parse: parseSourceCode,
	}
}

func parseSourceCode(_ context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	var held strings.Builder
	first, number, blank := 1, 0, false
	flush := func() {
		code := strings.TrimRight(held.String(), " \t\n")
		b.code(code, space.Position{LineStart: first, LineEnd: first + strings.Count(code, "\n")})
		held.Reset()
	}
	for line := range lines(text) {
		number++
		switch {
		case strings.TrimSpace(line) == "":
			blank = true
			if held.Len() == 0 {
				continue
			}
		case blank && !indented(line) && !closing(line) && held.Len() > 0:
			flush()
			blank = false
		default:
			blank = false
		}
		if held.Len() == 0 {
			first = number
		}
		held.WriteString(line + "\n")
		if b.err() != nil {
			return b.err()
		}
	}
	flush()
	return b.err()
}

func indented(line string) bool { return line[0] == ' ' || line[0] == '\t' }

// closing reports whether a line only ends what stands before it.
func closing(line string) bool {
	return strings.HasPrefix(line, "}") || strings.HasPrefix(line, ")") || strings.HasPrefix(line, "]") || strings.HasPrefix(line, "end")
}
