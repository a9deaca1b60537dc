package message

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/rules"
)

// masked are files without what looks like a credential: neither a subject nor a model is
// told one. What there was no time to look at, or is never read, comes without its text.
func masked(ctx context.Context, files []diff.File) []diff.File {
	files = slices.Clone(files)
	for i := range files {
		f := &files[i]
		switch {
		case f.Skipped != "":
		case ctx.Err() != nil || len(f.Old)+len(f.New) > maxParsedBytes || classOf(f.Path) == locked:
			f.Old, f.New, f.Skipped = nil, nil, "not looked at"
		default:
			f.Old, f.New = maskedSide(f.OldPath, f.Path, f.Old), maskedSide(f.Path, f.Path, f.New)
		}
	}
	return files
}

func maskedSide(path, otherwise string, text []byte) []byte {
	if text == nil {
		return nil
	}
	if path == "" {
		path = otherwise
	}
	return []byte(rules.Mask(path, string(text)))
}

// visible is the part of a change that a model may see, by what its files are called now and
// were before.
func (c Change) visible(o Options, by model.Info) Change {
	if o.Withheld == nil {
		return c
	}
	withheld := func(p string) bool {
		return p != "" && o.Withheld(filepath.Join(c.Root, filepath.FromSlash(p)), by) != ""
	}
	c.Files = slices.DeleteFunc(slices.Clone(c.Files), func(f diff.File) bool { return withheld(f.Path) || withheld(f.OldPath) })
	return c
}

// bare is a text with a * for each byte of a word or number within quotes, as far as quotes
// tell without a grammar: what a string says goes into no subject.
func bare(text string) string {
	b := []byte(text)
	for i := 0; i < len(text); i++ {
		q := text[i]
		if q != '"' && q != '\'' && q != '`' || q == '\'' && i > 0 && isWordByte(text[i-1]) && !isPrefix(text, i) {
			continue
		}
		closing, lines := text[i:i+1], q == '`'
		if triple := strings.Repeat(closing, 3); strings.HasPrefix(text[i:], triple) {
			closing, lines = triple, true
		}
		i += len(closing)
		for ; i < len(text) && !strings.HasPrefix(text[i:], closing) && (lines || text[i] != '\n'); i++ {
			if text[i] == '\\' && q != '`' {
				i++
			}
			if i < len(text) && isWordByte(text[i]) {
				b[i] = '*'
			}
		}
		if i < len(text) && text[i] != '\n' {
			i += len(closing) - 1
		}
	}
	return string(b)
}

// isPrefix tells of the letters before a quote that belong to it: b”, rb”.
func isPrefix(text string, quote int) bool {
	i := quote
	for i > 0 && isWordByte(text[i-1]) {
		i--
	}
	return quote-i <= 2 && strings.Trim(text[i:quote], "bBfFrRuUL") == ""
}

func isWordByte(b byte) bool {
	return b == '_' || b == '$' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
