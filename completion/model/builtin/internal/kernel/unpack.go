package kernel

import "encoding/binary"

// The unpack functions of the formats: one block after another to bytes, scales
// and minimums. See layout for what they mean.

// bias is what the bytes of formats that are not affine are above their value.
const bias = 128

func half(b []byte) float32 { return Float16(uint16(b[0]) | uint16(b[1])<<8) }

// nibbles spreads the halves of 16 bytes over 32, plus a constant.
func nibbles(u *[32]byte, packed *[16]byte, plus byte) {
	for i, b := range packed {
		u[i] = b&15 + plus
		u[i+16] = b>>4 + plus
	}
}

func unpackQ40(u []byte, scale, _ []float32, blocks []byte) {
	for g := range len(u) / 32 {
		b := (*[18]byte)(blocks[g*18:])
		scale[g] = half(b[:])
		nibbles((*[32]byte)(u[g*32:]), (*[16]byte)(b[2:]), bias-8)
	}
}

func unpackQ41(u []byte, scale, minimum []float32, blocks []byte) {
	for g := range len(u) / 32 {
		b := (*[20]byte)(blocks[g*20:])
		scale[g], minimum[g] = half(b[:]), -half(b[2:])
		nibbles((*[32]byte)(u[g*32:]), (*[16]byte)(b[4:]), 0)
	}
}

// fifthBits adds the fifth bit of 32 elements.
func fifthBits(u *[32]byte, bits uint32) {
	for i := range u {
		u[i] += byte(bits>>i&1) << 4
	}
}

func unpackQ50(u []byte, scale, _ []float32, blocks []byte) {
	for g := range len(u) / 32 {
		b, out := (*[22]byte)(blocks[g*22:]), (*[32]byte)(u[g*32:])
		scale[g] = half(b[:])
		nibbles(out, (*[16]byte)(b[6:]), bias-16)
		fifthBits(out, binary.LittleEndian.Uint32(b[2:]))
	}
}

func unpackQ51(u []byte, scale, minimum []float32, blocks []byte) {
	for g := range len(u) / 32 {
		b, out := (*[24]byte)(blocks[g*24:]), (*[32]byte)(u[g*32:])
		scale[g], minimum[g] = half(b[:]), -half(b[2:])
		nibbles(out, (*[16]byte)(b[8:]), 0)
		fifthBits(out, binary.LittleEndian.Uint32(b[4:]))
	}
}

func unpackQ80(u []byte, scale, _ []float32, blocks []byte) {
	for g := range len(u) / 32 {
		b, out := (*[34]byte)(blocks[g*34:]), (*[32]byte)(u[g*32:])
		scale[g] = half(b[:])
		for i := range out {
			out[i] = b[2+i] ^ bias
		}
	}
}

// unpackQ3K: 256 high bits, 256 pairs of low bits, 16 scales of six bits, one
// scale of the scales.
func unpackQ3K(u []byte, scale, _ []float32, blocks []byte) {
	for s := range len(u) / SuperSize {
		b, out := (*[110]byte)(blocks[s*110:]), (*[SuperSize]byte)(u[s*SuperSize:])
		high, low, packed, d := b[:32], b[32:96], b[96:108], half(b[108:])
		for g := range 16 {
			q := packed[g%8] >> (g / 8 * 4) & 15
			q |= packed[8+g%4] >> (g / 4 * 2) & 3 << 4
			scale[s*16+g] = d * float32(int(q)-32)
		}
		for i := range out {
			part, l := i/32, i%32 // 32 elements have their low bits in one shift of 32 bytes
			q := low[part/4*32+l] >> (part % 4 * 2) & 3
			q += high[l] >> part & 1 << 2
			out[i] = q + bias - 4
		}
	}
}

// sixBits decodes the eight scales and minimums of Q4_K and Q5_K.
func sixBits(scale, minimum []float32, b *[16]byte) {
	d, dmin, q := half(b[:]), half(b[2:]), b[4:]
	for g := range 4 {
		scale[g], minimum[g] = d*float32(q[g]&63), dmin*float32(q[g+4]&63)
		scale[g+4] = d * float32(q[g+8]&15|q[g]>>6<<4)
		minimum[g+4] = dmin * float32(q[g+8]>>4|q[g+4]>>6<<4)
	}
}

func unpackQ4K(u []byte, scale, minimum []float32, blocks []byte) {
	for s := range len(u) / SuperSize {
		b, out := (*[144]byte)(blocks[s*144:]), (*[SuperSize]byte)(u[s*SuperSize:])
		sixBits(scale[s*8:], minimum[s*8:], (*[16]byte)(b[:]))
		for i, q := range b[16:] {
			at := i/32*64 + i%32
			out[at], out[at+32] = q&15, q>>4
		}
	}
}

func unpackQ5K(u []byte, scale, minimum []float32, blocks []byte) {
	for s := range len(u) / SuperSize {
		b, out := (*[176]byte)(blocks[s*176:]), (*[SuperSize]byte)(u[s*SuperSize:])
		sixBits(scale[s*8:], minimum[s*8:], (*[16]byte)(b[:]))
		for i, q := range b[48:] {
			at, fifth := i/32*64+i%32, b[16+i%32]>>(i/32*2)
			out[at], out[at+32] = q&15|fifth&1<<4, q>>4|fifth&2<<3
		}
	}
}

func unpackQ6K(u []byte, scale, _ []float32, blocks []byte) {
	for s := range len(u) / SuperSize {
		b, out := (*[210]byte)(blocks[s*210:]), (*[SuperSize]byte)(u[s*SuperSize:])
		d := half(b[208:])
		for g, q := range b[192:208] {
			scale[s*16+g] = d * float32(int8(q))
		}
		for part := range 2 { // of 128 elements
			low, high, out := b[part*64:][:64], b[128+part*32:][:32], out[part*128:][:128]
			for l, h := range high {
				out[l] = low[l]&15 + h&3<<4 + bias - 32
				out[l+32] = low[l+32]&15 + h>>2&3<<4 + bias - 32
				out[l+64] = low[l]>>4 + h>>4&3<<4 + bias - 32
				out[l+96] = low[l+32]>>4 + h>>6<<4 + bias - 32
			}
		}
	}
}
