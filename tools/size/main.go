// Command size says what a program that Go built for Linux consists of: the sections of its file, and how much machine code each
// module brings. Stripped programs will do: what Go needs to print stack traces names every function.
package main

import (
	"cmp"
	"debug/buildinfo"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: size PROGRAM")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// part is a module or section, and how many bytes it has.
type part struct {
	name  string
	bytes uint64
}

func run(file string, to io.Writer) error {
	program, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	defer func() { _ = program.Close() }()
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read modules of %s: %w", file, err)
	}
	modules, err := code(program, info)
	if err != nil {
		return fmt.Errorf("read functions of %s: %w", file, err)
	}
	var sections []part
	for _, s := range program.Sections {
		if s.Type != elf.SHT_NOBITS {
			sections = append(sections, part{s.Name, s.Size})
		}
	}
	if err := list(to, "section", sections); err != nil {
		return err
	}
	return list(to, "code of", modules)
}

// code adds the sizes of functions up by module; the standard library is one.
func code(program *elf.File, info *debug.BuildInfo) ([]part, error) {
	text, table := program.Section(".text"), program.Section(".gopclntab")
	if text == nil || table == nil {
		return nil, fmt.Errorf("there is no Go code in it")
	}
	lines, err := table.Data()
	if err != nil {
		return nil, err
	}
	symbols, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text.Addr))
	if err != nil {
		return nil, err
	}
	paths := []string{info.Main.Path}
	for _, dep := range info.Deps {
		paths = append(paths, dep.Path)
	}
	slices.SortFunc(paths, func(a, b string) int { return len(b) - len(a) }) // the longest that fits is the one
	sums := map[string]uint64{}
	for _, f := range symbols.Funcs {
		name := f.Name
		if rest, own := strings.CutPrefix(name, "main."); own {
			name = info.Main.Path + "." + rest
		}
		sums[module(name, paths)] += f.End - f.Entry
	}
	var all []part
	for name, bytes := range sums {
		all = append(all, part{name, bytes})
	}
	return all, nil
}

// module is the one that a function belongs to. In the names of functions the dots of a path's last element are escaped.
func module(function string, paths []string) string {
	function = strings.ReplaceAll(function, "%2e", ".")
	for _, p := range paths {
		if rest, inside := strings.CutPrefix(function, p); inside && (rest == "" || strings.ContainsAny(rest[:1], "./")) {
			return p
		}
	}
	return "the standard library"
}

// list prints the largest parts.
func list(to io.Writer, title string, parts []part) error {
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.name, b.name)) })
	var sum uint64
	for _, p := range parts {
		sum += p.bytes
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "MB\t%%\t\t %s\n", title)
	for _, p := range parts[:min(len(parts), 40)] {
		fmt.Fprintf(w, "%.2f\t%.1f\t\t %s\n", float64(p.bytes)/1e6, 100*float64(p.bytes)/float64(sum), p.name)
	}
	fmt.Fprintf(w, "%.2f\t100\t\t all\n", float64(sum)/1e6)
	return w.Flush()
}
