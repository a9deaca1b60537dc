package kernel

import "math"

// Float16 is the value of an IEEE 754 half-precision number.
func Float16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent := uint32(h>>10) & 0x1f
	mantissa := uint32(h & 0x3ff)
	switch exponent {
	case 0: // zero and subnormal numbers: mantissa · 2^-24
		f := float32(mantissa) * (1.0 / (1 << 24))
		return math.Float32frombits(sign | math.Float32bits(f))
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}

// ToFloat16 rounds f to the nearest half-precision number, halves to even.
func ToFloat16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits>>16) & 0x8000
	bits &= 0x7fffffff
	switch {
	case bits > 0x7f800000: // not a number
		return sign | 0x7e00
	case bits >= 0x477ff000: // rounds to 2^16 or more
		return sign | 0x7c00
	case bits < 0x38800000: // below 2^-14: subnormal, in steps of 2^-24
		// Adding 2^-1 leaves exactly the bits from 2^-24 up in the mantissa.
		return sign | uint16(math.Float32bits(math.Float32frombits(bits)+0.5)-math.Float32bits(0.5))
	}
	odd := bits >> 13 & 1
	return sign | uint16((bits+0xfff+odd)>>13-(127-15)<<10)
}

// roundToFloat16 is the half-precision number nearest to f.
func roundToFloat16(f float32) float32 { return Float16(ToFloat16(f)) }
