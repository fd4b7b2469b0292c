package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	checksumsFile = "checksums.txt"
	digests       = "images/digests.txt" // lists the images, where they were made
)

// checksums lists what was made as `sha256sum --check` reads it.
func (r release) checksums(all []artifact) error {
	var lines []string
	for _, a := range all {
		lines = append(lines, a.sha256+"  "+a.name+"\n")
	}
	text, err := os.ReadFile(filepath.Join(r.out, digests))
	switch {
	case err == nil:
		sum := sha256.Sum256(text)
		lines = append(lines, hex.EncodeToString(sum[:])+"  "+digests+"\n")
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("list checksums: %w", err)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[sha256.Size*2:], b[sha256.Size*2:]) })
	return os.WriteFile(filepath.Join(r.out, checksumsFile), []byte(strings.Join(lines, "")), 0o644)
}
