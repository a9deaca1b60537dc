package merge

import (
	"cmp"
	"fmt"

	"github.com/airside-ls/airside/gitsync/object"
)

// contentOutcome is the outcome of a merge of contents.
type contentOutcome struct {
	leaf    leaf
	kind    ConflictKind // "" when clean
	message string
}

// markerSize is git's, in characters; merges of merges have longer markers.
const markerSize = 7

// content joins what two sides made of base. A base of another
// sort than theirs counts as nothing. names are where each of
// them is; deeper makes the conflict markers that much longer, for content
// that is merged once more.
func (m *merger) content(path string, names [3]string, base, ours, theirs leaf, deeper int) (contentOutcome, error) {
	out := contentOutcome{}
	if ours.sort() != theirs.sort() { // both renamed it, and one put another sort of thing there
		out.leaf = ours
		out.kind, out.message = KindMode, fmt.Sprintf("it is %s here and %s there", sortName(ours), sortName(theirs))
		return out, nil
	}
	out.leaf.mode = theirs.mode
	if ours.mode != theirs.mode && ours.mode != base.mode {
		out.leaf.mode = ours.mode
		if theirs.mode != base.mode {
			out.kind = KindMode
			out.message = fmt.Sprintf("its mode is %o here and %o there", ours.mode, theirs.mode)
		}
	}
	switch {
	case ours.hash == theirs.hash || ours.hash == base.hash:
		out.leaf.hash = theirs.hash
		return out, nil
	case theirs.hash == base.hash:
		out.leaf.hash = ours.hash
		return out, nil
	case ours.mode == object.ModeSubmodule:
		out.leaf.hash = ours.hash
		if m.depth > 0 {
			out.leaf.hash = base.hash
			if base.sort() != ours.sort() {
				out.leaf = base
			}
		}
		out.kind, out.message = KindSubmodule, "both sides moved the submodule"
		return out, nil
	case ours.mode == object.ModeSymlink:
		out.leaf.hash = ours.hash
		if m.depth > 0 {
			out.leaf = base
		}
		out.kind, out.message = KindSymlink, "both sides changed where the link points"
		return out, nil
	}
	if base.sort() != ours.sort() {
		base = leaf{}
	}
	return out, m.file(&out, path, names, base, ours, theirs, deeper)
}

// file joins three regular files by lines, unless they are not to be joined so.
func (m *merger) file(out *contentOutcome, path string, names [3]string, base, ours, theirs leaf, deeper int) error {
	attribute := AttributeText
	if m.opts.Attributes != nil {
		attribute = m.opts.Attributes(path)
	}
	whole := func(kind ConflictKind, message string) {
		if m.depth > 0 {
			out.leaf.hash = base.hash // bases that cannot be joined: as before both
			if base.hash.IsZero() {
				out.leaf.hash = m.objects.addBlob(nil)
			}
			return
		}
		out.leaf.hash = ours.hash
		out.kind, out.message = kind, message
	}
	switch attribute {
	case AttributeBinary:
		whole(KindBinary, "both sides changed it, and its attributes say that it is not merged by lines")
		return nil
	case AttributeDriver:
		if m.opts.Driver == nil {
			whole(KindDriver, "both sides changed it, and its attributes name a merge driver")
			return nil
		}
	}
	for i, l := range []leaf{base, ours, theirs} {
		size, err := m.objects.BlobSize(l.hash)
		if err != nil {
			return fmt.Errorf("size of %s: %w", names[i], err)
		}
		if size > m.opts.MaxBlob {
			whole(KindSize, fmt.Sprintf("both sides changed it, and %d bytes are too many to merge by lines", size))
			return nil
		}
	}
	if attribute == AttributeDriver {
		return m.drive(out, path, base, ours, theirs, deeper)
	}
	var data [3][]byte
	for i, l := range []leaf{base, ours, theirs} {
		var err error
		if data[i], err = m.objects.Blob(l.hash); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
	}
	for _, d := range data {
		if IsBinary(d) {
			whole(KindBinary, "both sides changed it, and it is not text")
			return nil
		}
	}
	o := TextOptions{
		Algorithm: Histogram, Level: Zealous, Style: StyleMerge,
		Ours: m.labels[inOurs], Theirs: m.labels[inTheirs],
		MarkerSize: markerSize + 2*m.depth + deeper,
	}
	if names[inBase] != names[inOurs] || names[inOurs] != names[inTheirs] {
		o.Ours += ":" + names[inOurs]
		o.Theirs += ":" + names[inTheirs]
	}
	if attribute == AttributeUnion {
		o.Favor = FavorUnion
	}
	text := Text(data[inBase], data[inOurs], data[inTheirs], o)
	out.leaf.hash = m.objects.addBlob(text.Text)
	if out.leaf.hash != ours.hash && out.leaf.hash != theirs.hash {
		m.made[out.leaf.hash] = true
	}
	if text.Conflicts > 0 {
		out.kind, out.message = KindContent, fmt.Sprintf("both sides changed the same lines in %d places", text.Conflicts)
		if text.Conflicts == 1 {
			out.message = "both sides changed the same lines"
		}
	}
	return nil
}

// drive joins three regular files by the program that the attributes name.
func (m *merger) drive(out *contentOutcome, path string, base, ours, theirs leaf, deeper int) error {
	var data [3][]byte
	for i, l := range []leaf{base, ours, theirs} {
		var err error
		if data[i], err = m.objects.Blob(l.hash); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	d, err := m.opts.Driver(m.ctx, path, data[inBase], data[inOurs], data[inTheirs], m.depth > 0, markerSize+2*m.depth+deeper)
	if err != nil {
		return err
	}
	if d.Failed {
		out.leaf.hash = ours.hash
		if m.depth > 0 {
			out.leaf.hash = base.hash
			if base.hash.IsZero() {
				out.leaf.hash = m.objects.addBlob(nil)
			}
		}
	} else {
		out.leaf.hash = m.objects.addBlob(d.Text)
		if out.leaf.hash != ours.hash && out.leaf.hash != theirs.hash {
			m.made[out.leaf.hash] = true
		}
	}
	if d.Trouble != "" {
		out.kind, out.message = cmp.Or(d.Kind, KindDriver), d.Trouble
	}
	return nil
}
