package schema

// text reads a string, in valid UTF-8, without the halves of surrogate pairs.
func (f *frame) text(b byte) verdict {
	switch f.phase {
	case begin:
		if b != '"' {
			return refused
		}
		f.phase = inside
		return read
	case escaped:
		switch b {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			f.phase = inside
			return read
		case 'u':
			f.phase, f.at = unicode, 0
			return read
		}
		return refused
	case unicode:
		return f.hexadecimal(b)
	}
	if f.rest > 0 {
		if b < f.low || b > f.top {
			return refused
		}
		f.rest, f.low, f.top = f.rest-1, 0x80, 0xBF
		return read
	}
	if b == '"' {
		if f.n < f.schema.min {
			return refused
		}
		return readAndEnd
	}
	if f.full() || b < ' ' {
		return refused
	}
	switch {
	case b == '\\':
		f.phase = escaped
	case b < 0x80:
	default:
		if !f.lead(b) {
			return refused
		}
	}
	f.n++
	return read
}

// lead is the first byte of a character of several (The Unicode Standard, table
// 3-7).
func (f *frame) lead(b byte) bool {
	f.low, f.top = 0x80, 0xBF
	switch {
	case b >= 0xC2 && b <= 0xDF:
		f.rest = 1
	case b >= 0xE0 && b <= 0xEF:
		f.rest = 2
		switch b {
		case 0xE0:
			f.low = 0xA0
		case 0xED:
			f.top = 0x9F
		}
	case b >= 0xF0 && b <= 0xF4:
		f.rest = 3
		switch b {
		case 0xF0:
			f.low = 0x90
		case 0xF4:
			f.top = 0x8F
		}
	default:
		return false
	}
	return true
}

// hexadecimal reads the four digits behind \u.
func (f *frame) hexadecimal(b byte) verdict {
	digit := b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
	switch {
	case !digit:
		return refused
	case f.at == 0 && (b == 'd' || b == 'D'):
		f.low = 1 // a surrogate if 8 to f follows
	case f.at == 1 && f.low == 1 && !(b >= '0' && b <= '7'):
		return refused
	}
	if f.at++; f.at == 4 {
		f.phase, f.at, f.low = inside, 0, 0
	} else if f.at == 2 {
		f.low = 0
	}
	return read
}
