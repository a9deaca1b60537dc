package schema

// Machine reads a value byte by byte. The zero value is of no use; see
// [Schema.Machine].
type Machine struct {
	stack   []frame // the values that have begun and not ended, the innermost last
	scratch []frame
	ended   bool
}

// Machine is at the beginning of a value.
func (s *Schema) Machine() *Machine {
	return &Machine{stack: []frame{{schema: s}}}
}

// Done tells whether the value is whole and nothing can come behind it.
func (m *Machine) Done() bool { return m.ended }

// MayEnd tells whether the value is whole, though it may yet go on: 1 is, and 12.
func (m *Machine) MayEnd() bool {
	if m.ended || len(m.stack) > 1 {
		return m.ended
	}
	f := &m.stack[0]
	switch f.kind() {
	case number:
		return f.phase == zero || f.phase == digits || f.phase == fraction || f.phase == exponentDigits
	case literal:
		return f.at > 0 && f.whole(f.schema.spelled)
	}
	return false
}

// Allows tells whether piece can come next.
func (m *Machine) Allows(piece []byte) bool {
	if m.ended || len(piece) == 0 {
		return false
	}
	trial := Machine{stack: append(m.scratch[:0], m.stack...)}
	ok := trial.read(piece)
	m.scratch = trial.stack
	return ok
}

// Take makes piece, which is allowed, the next of the value.
func (m *Machine) Take(piece []byte) { m.read(piece) }

func (m *Machine) read(piece []byte) bool {
	for _, b := range piece {
		if m.ended || !m.step(b) {
			return false
		}
	}
	return true
}

// phase is where a frame is within its value.
type phase uint8

const (
	begin phase = iota
	// of an object
	firstKey // or the end
	key      // within or before one
	colon
	member // its value has begun
	// of an array
	firstItem // or the end
	item      // has begun
	// of a text
	inside
	escaped
	unicode // the digits behind \u
	// of a number
	sign
	zero
	digits
	point
	fraction
	exponent
	exponentSign
	exponentDigits
)

// frame is one value that has begun.
type frame struct {
	schema *Schema
	phase  phase
	blank  bool // one has been read where one may stand

	n     int    // items or characters so far; of an object, properties passed
	alive uint64 // alternatives of a literal or keys that what was read agrees with
	at    int    // bytes read of a literal or a key; digits behind \u

	rest     uint8 // bytes of a character that are still to come
	low, top uint8 // the bounds of the next of them
}

// step reads one byte.
func (m *Machine) step(b byte) bool {
	for {
		f := &m.stack[len(m.stack)-1]
		if f.between() && b == ' ' {
			if f.blank {
				return false
			}
			f.blank = true
			return true
		}
		var v verdict
		switch f.kind() {
		case object:
			v = m.object(f, b)
		case array:
			v = m.array(f, b)
		case text:
			v = f.text(b)
		case number:
			v = f.number(b)
		case literal:
			v = f.literal(f.schema.spelled, b)
		default:
			v = f.begin(b)
		}
		switch v {
		case read:
			return true
		case again:
			continue
		case readAndEnd:
			m.pop()
			return true
		case endBefore: // a number has no end of its own
			m.pop()
			if m.ended {
				return false
			}
			continue
		}
		return false
	}
}

// verdict is what a frame makes of a byte.
type verdict uint8

const (
	refused    verdict = iota
	read               // it is part of the value
	readAndEnd         // it is its last
	endBefore          // it is what stands behind the value
	again              // another frame has to look at it
)

func (f *frame) kind() kind { return f.schema.kind }

// between tells whether a blank may stand before the next byte.
func (f *frame) between() bool {
	switch f.kind() {
	case object:
		return f.phase != key || f.at == 0
	case text, literal, number:
		return f.phase == begin && f.at == 0
	}
	return true
}

func (m *Machine) push(s *Schema) { m.stack = append(m.stack, frame{schema: s}) }

func (m *Machine) pop() {
	if m.stack = m.stack[:len(m.stack)-1]; len(m.stack) == 0 {
		m.ended = true
		return
	}
	m.stack[len(m.stack)-1].blank = false
}

// begin chooses what a value that may be anything is.
func (f *frame) begin(b byte) verdict {
	blank := f.blank
	switch {
	case b == '{':
		*f = frame{schema: freeObject}
	case b == '[':
		*f = frame{schema: freeArray}
	case b == '"':
		*f = frame{schema: freeText}
	case b == '-' || b >= '0' && b <= '9':
		*f = frame{schema: freeNumber}
	default:
		*f = frame{schema: freeLiteral}
	}
	f.blank = blank
	return again
}

var (
	freeObject  = &Schema{kind: object, free: true}
	freeArray   = &Schema{kind: array, items: jsonValue, max: -1}
	freeText    = &Schema{kind: text, max: -1}
	freeNumber  = &Schema{kind: number}
	freeLiteral = &Schema{kind: literal, spelled: []string{"true", "false", "null"}}
)

// literal reads one of some words.
func (f *frame) literal(words []string, b byte) verdict {
	if f.at == 0 {
		f.alive = 1<<len(words) - 1
	}
	left, whole := uint64(0), false
	for i, w := range words {
		if f.alive&(1<<i) != 0 && f.at < len(w) && w[f.at] == b {
			left |= 1 << i
			whole = whole || f.at == len(w)-1
		}
	}
	if left == 0 {
		if f.at > 0 && f.whole(words) { // the shorter of two words that begin alike
			return endBefore
		}
		return refused
	}
	f.alive = left
	f.at++
	if whole && left&(left-1) == 0 {
		return readAndEnd
	}
	return read
}

// whole tells whether one of the words that are left has been read.
func (f *frame) whole(words []string) bool {
	for i, w := range words {
		if f.alive&(1<<i) != 0 && len(w) == f.at {
			return true
		}
	}
	return false
}
