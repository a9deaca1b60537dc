package schema

// object reads what is between an object's braces; its values have frames of
// their own.
func (m *Machine) object(f *frame, b byte) verdict {
	switch f.phase {
	case begin:
		if b != '{' {
			return refused
		}
		f.phase, f.blank = firstKey, false
		return read
	case firstKey, key:
		if b == '}' && f.at == 0 && f.phase == firstKey && f.mayEnd() {
			return readAndEnd
		}
		if f.schema.free {
			if b != '"' || len(m.stack) >= maxDepth {
				return refused
			}
			f.phase, f.blank = colon, false
			m.push(freeText)
			return again
		}
		f.phase = key
		return f.key(b)
	case colon:
		if b != ':' {
			return refused
		}
		value := jsonValue
		if !f.schema.free {
			value = f.schema.properties[f.n-1].value
		}
		f.phase, f.blank = member, false
		m.push(value)
		return read
	default: // member: it has ended
		switch {
		case b == ',' && (f.schema.free || f.n < len(f.schema.properties)):
			f.phase, f.at, f.blank = key, 0, false
			return read
		case b == '}' && f.mayEnd():
			return readAndEnd
		}
		return refused
	}
}

// mayEnd tells whether no property that an object must have is missing.
func (f *frame) mayEnd() bool {
	for _, p := range f.schema.properties[min(f.n, len(f.schema.properties)):] {
		if p.required {
			return false
		}
	}
	return true
}

// key reads the name of one of the next properties, up to the first that must be
// there.
func (f *frame) key(b byte) verdict {
	if f.at == 0 {
		f.alive = 0
		for i, p := range f.schema.properties {
			if i < f.n {
				continue
			}
			f.alive |= 1 << i
			if p.required {
				break
			}
		}
	}
	left := uint64(0)
	for i, p := range f.schema.properties {
		if f.alive&(1<<i) == 0 || f.at >= len(p.key) || p.key[f.at] != b {
			continue
		}
		left |= 1 << i
		if f.at == len(p.key)-1 { // its quotation mark: no other key goes on
			f.n, f.phase, f.at, f.blank = i+1, colon, 0, false
			return read
		}
	}
	if left == 0 {
		return refused
	}
	f.alive = left
	f.at++
	return read
}

// array reads what is between an array's brackets.
func (m *Machine) array(f *frame, b byte) verdict {
	switch f.phase {
	case begin:
		if b != '[' {
			return refused
		}
		f.phase, f.blank = firstItem, false
		return read
	case firstItem:
		if b == ']' && f.n >= f.schema.min {
			return readAndEnd
		}
	default: // item: it has ended
		switch {
		case b == ']' && f.n >= f.schema.min:
			return readAndEnd
		case b != ',' || f.full():
			return refused
		}
		f.blank = false
		f.n++
		if len(m.stack) >= maxDepth {
			return refused
		}
		m.push(f.schema.items)
		return read
	}
	if f.full() || len(m.stack) >= maxDepth {
		return refused
	}
	blank := f.blank
	f.phase = item
	f.n++
	m.push(f.schema.items)
	m.stack[len(m.stack)-1].blank = blank
	return again
}

func (f *frame) full() bool { return f.schema.max >= 0 && f.n >= f.schema.max }

// number reads a number; it ends where something else comes.
func (f *frame) number(b byte) verdict {
	digit := b >= '0' && b <= '9'
	next := func(p phase) verdict { f.phase, f.at = p, f.at+1; return read }
	switch f.phase {
	case begin, sign:
		switch {
		case b == '-' && f.phase == begin:
			return next(sign)
		case b == '0':
			return next(zero)
		case digit:
			return next(digits)
		}
		return refused
	case zero, digits, fraction:
		switch {
		case digit && f.phase != zero && f.at < maxDigits:
			return next(f.phase)
		case b == '.' && f.phase != fraction && !f.schema.integer:
			return next(point)
		case (b == 'e' || b == 'E') && !f.schema.integer:
			return next(exponent)
		}
		return endBefore
	case point:
		if digit {
			return next(fraction)
		}
		return refused
	case exponent, exponentSign:
		switch {
		case digit:
			return next(exponentDigits)
		case (b == '+' || b == '-') && f.phase == exponent:
			return next(exponentSign)
		}
		return refused
	default: // exponentDigits
		if digit && f.at < maxDigits {
			return next(exponentDigits)
		}
		return endBefore
	}
}

// maxDigits bounds a number: a model that goes on with nines would not end.
const maxDigits = 20
