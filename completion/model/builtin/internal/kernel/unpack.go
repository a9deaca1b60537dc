package kernel

import "encoding/binary"

// The unpack functions of the formats: see block for what they give.

func half(b []byte) float32 { return Float16(uint16(b[0]) | uint16(b[1])<<8) }

// nibbles spreads the halves of 16 bytes over 32.
func (b *block) nibbles(packed []byte) {
	for i, v := range packed[:16] {
		b.u[i], b.u[i+16] = v&15, v>>4
	}
}

// fifthBits adds the fifth bit of 32 elements.
func (b *block) fifthBits(bits uint32) {
	for i := range 32 {
		b.u[i] |= byte(bits>>i&1) << 4
	}
}

func unpackQ40(b *block, from []byte) {
	b.d = half(from)
	b.nibbles(from[2:])
}

func unpackQ41(b *block, from []byte) {
	b.d, b.minimum = half(from), half(from[2:])
	b.nibbles(from[4:])
}

func unpackQ50(b *block, from []byte) {
	b.d = half(from)
	b.nibbles(from[6:])
	b.fifthBits(binary.LittleEndian.Uint32(from[2:]))
}

func unpackQ51(b *block, from []byte) {
	b.d, b.minimum = half(from), half(from[2:])
	b.nibbles(from[8:])
	b.fifthBits(binary.LittleEndian.Uint32(from[4:]))
}

func unpackQ80(b *block, from []byte) {
	b.d = half(from)
	for i, v := range from[2:34] {
		b.u[i] = v ^ 128
	}
}

// unpackQ3K: 256 high bits, 256 pairs of low bits, 16 scales of six bits, one
// scale of the scales.
func unpackQ3K(b *block, from []byte) {
	high, low, packed := from[:32], from[32:96], from[96:108]
	b.d = half(from[108:])
	for h := range b.scale {
		q := packed[h%8]>>(h/8*4)&15 | packed[8+h%4]>>(h/4*2)&3<<4
		b.scale[h] = int32(q) - 32
	}
	for i := range b.u {
		part, l := i/32, i%32 // 32 elements have their low bits in one shift of 32 bytes
		b.u[i] = low[part/4*32+l]>>(part%4*2)&3 | high[l]>>part&1<<2
	}
}

// sixBits decodes the eight scales and minimums of Q4_K and Q5_K.
func (b *block) sixBits(from []byte) {
	b.d, b.minimum = half(from), half(from[2:])
	q := from[4:16]
	for g := range 4 {
		b.both(g, q[g]&63, q[g+4]&63)
		b.both(g+4, q[g+8]&15|q[g]>>6<<4, q[g+8]>>4|q[g+4]>>6<<4)
	}
}

// both sets the scales of both halves of a group.
func (b *block) both(group int, scale, least byte) {
	b.scale[2*group], b.scale[2*group+1] = int32(scale), int32(scale)
	b.least[2*group], b.least[2*group+1] = int32(least), int32(least)
}

func unpackQ4K(b *block, from []byte) {
	b.sixBits(from)
	for i, q := range from[16:144] {
		at := i/32*64 + i%32
		b.u[at], b.u[at+32] = q&15, q>>4
	}
}

func unpackQ5K(b *block, from []byte) {
	b.sixBits(from)
	for i, q := range from[48:176] {
		at, fifth := i/32*64+i%32, from[16+i%32]>>(i/32*2)
		b.u[at], b.u[at+32] = q&15|fifth&1<<4, q>>4|fifth&2<<3
	}
}

func unpackQ6K(b *block, from []byte) {
	b.d = half(from[208:])
	for h, q := range from[192:208] {
		b.scale[h] = int32(int8(q))
	}
	for part := range 2 { // of 128 elements
		low, high, out := from[part*64:][:64], from[128+part*32:][:32], b.u[part*128:][:128]
		for l, h := range high {
			out[l] = low[l]&15 | h&3<<4
			out[l+32] = low[l+32]&15 | h>>2&3<<4
			out[l+64] = low[l]>>4 | h>>4&3<<4
			out[l+96] = low[l+32]>>4 | h>>6<<4
		}
	}
}
