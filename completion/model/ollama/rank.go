package ollama

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// tag is one installed model, as /api/tags lists it.
type tag struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	Size       int64  `json:"size"` // bytes
	RemoteHost string `json:"remote_host"`
	Details    struct {
		ParameterSize string `json:"parameter_size"` // "7B", "494.03M"
	} `json:"details"`
}

// local says that the model runs on the server's own machine: names such as
// "x:480b-cloud" stand for a service elsewhere.
func (t tag) local() bool { return t.RemoteHost == "" && !strings.HasSuffix(t.Name, "-cloud") }

// codeFamilies are model names made for code and trained to insert, best known
// to airside first.
var codeFamilies = []string{
	"codellama", "qwen2.5-coder", "deepseek-coder", "starcoder2", "codegemma",
	"codestral", "granite-code", "stable-code", "starcoder", "codeqwen", "seed-coder",
}

// ideal is the size up to which more parameters are better: a larger model is
// too slow to complete while a person types on a machine without a strong
// accelerator.
const ideal = 8.5e9

// codeModels returns those of the installed models whose names say that they
// are made for code, best first:
//
//  1. codellama's *-code tags. Its other tags are chat and Python models
//     whose maker's table does not list inserts.
//  2. Other code families in the order of codeFamilies, base models ("-base",
//     "-code", "-text") before those tuned to chat.
//
// Within one of these: the largest with at most 8.5 billion parameters, then
// the smallest above, so 7b-code before 13b-code before 34b-code (which was not
// trained to insert); then the smaller file; then the name.
func codeModels(installed []tag) []tag {
	var found []tag
	for _, t := range installed {
		if _, ok := t.family(); ok && t.local() {
			found = append(found, t)
		}
	}
	slices.SortStableFunc(found, func(a, b tag) int {
		fa, _ := a.family()
		fb, _ := b.family()
		return cmp.Or(
			cmp.Compare(fa, fb),
			cmp.Compare(chatRank(a), chatRank(b)),
			compareSize(a.parameters(), b.parameters()),
			cmp.Compare(a.Size, b.Size),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return found
}

// family is the model's index in codeFamilies.
func (t tag) family() (int, bool) {
	name, version := t.split()
	i := slices.Index(codeFamilies, name)
	if i < 0 || name == "codellama" && !isCodeTag(version) || strings.Contains(version, "python") {
		return 0, false
	}
	return i, true
}

// split returns "codellama" and "7b-code" for "someone/codellama:7b-code".
func (t tag) split() (name, version string) {
	name, version, _ = strings.Cut(strings.ToLower(t.Name), ":")
	return name[strings.LastIndexByte(name, '/')+1:], version
}

// isCodeTag knows "code", "7b-code" and "7b-code-q4_K_M".
func isCodeTag(version string) bool { return slices.Contains(strings.Split(version, "-"), "code") }

func chatRank(t tag) int {
	_, version := t.split()
	for _, word := range strings.Split(version, "-") {
		switch word {
		case "base", "code", "text":
			return 0
		}
	}
	return 1
}

// compareSize sorts sizes up to ideal descending, then the others ascending;
// unknown ones (0) come last of the first.
func compareSize(a, b float64) int {
	if fitsA, fitsB := a <= ideal, b <= ideal; fitsA && fitsB {
		return cmp.Compare(b, a)
	} else if fitsA != fitsB {
		if fitsA {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

// parameters is how many the model has, from its details or its tag; 0 when
// neither tells.
func (t tag) parameters() float64 {
	if n, ok := parseCount(t.Details.ParameterSize); ok {
		return n
	}
	_, version := t.split()
	for _, word := range strings.Split(version, "-") {
		if n, ok := parseCount(word); ok {
			return n
		}
	}
	return 0
}

// parseCount reads "7B", "6.7b" and "494.03M".
func parseCount(s string) (float64, bool) {
	s = strings.ToLower(s)
	unit := 1.0
	switch {
	case strings.HasSuffix(s, "b"):
		unit = 1e9
	case strings.HasSuffix(s, "m"):
		unit = 1e6
	default:
		return 0, false
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	return n * unit, err == nil && n > 0
}
