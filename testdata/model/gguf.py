"""GGUF files of small llama models: read them whole, write them with Q8_0 weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3,
little endian. Tensors are kept as float32 arrays with the outermost dimension
first (numpy's order); the file has the innermost first.
"""

import struct

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
BLOCK = 32  # weights of Q8_0 that share one half-precision scale

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9


def read(path):
    """Returns the metadata and the tensors of the file, as two dicts by name."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0

    def scalar(code):
        nonlocal at
        value = struct.unpack_from("<" + code, data, at)[0]
        at += struct.calcsize("<" + code)
        return value

    def text():
        nonlocal at
        size = scalar("Q")
        at += size
        return data[at - size : at].decode()

    def value(kind):
        if kind == STRING:
            return text()
        if kind == ARRAY:
            item, count = scalar("I"), scalar("Q")
            return [value(item) for _ in range(count)]
        return scalar(SCALARS[kind])

    if data[:4] != b"GGUF":
        raise ValueError(f"{path} is no GGUF file")
    at = 8
    tensor_count, key_count = scalar("Q"), scalar("Q")
    metadata = {}
    for _ in range(key_count):
        key = text()
        metadata[key] = value(scalar("I"))
    directory = []
    for _ in range(tensor_count):
        name = text()
        shape = [scalar("Q") for _ in range(scalar("I"))][::-1]
        directory.append((name, shape, scalar("I"), scalar("Q")))
    start = at + -at % ALIGNMENT
    tensors = {name: _decode(data, start + offset, kind, shape) for name, shape, kind, offset in directory}
    return metadata, tensors


def _decode(data, at, kind, shape):
    count = int(np.prod(shape))
    if kind == F32:
        return np.frombuffer(data, "<f4", count, at).reshape(shape).copy()
    if kind != Q8_0:
        raise ValueError(f"tensor type {kind} is neither F32 nor Q8_0")
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("q", "i1", BLOCK)]), count // BLOCK, at)
    return (blocks["q"] * blocks["scale"].astype(np.float32)[:, None]).reshape(shape)


def write(path, metadata, tensors):
    """Writes the file. metadata is a list of (key, kind, value); for an array the
    kind is (ARRAY, kind of its items). Matrices become Q8_0, vectors stay F32."""
    out = bytearray()

    def text(s):
        encoded = s.encode()
        return struct.pack("<Q", len(encoded)) + encoded

    def value(kind, v):
        if kind == STRING:
            return text(v)
        if isinstance(kind, tuple):
            return struct.pack("<IQ", kind[1], len(v)) + b"".join(value(kind[1], item) for item in v)
        return struct.pack("<" + SCALARS[kind], v)

    out += b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, kind, v in metadata:
        out += text(key) + struct.pack("<I", kind[0] if isinstance(kind, tuple) else kind) + value(kind, v)
    blobs, offset = [], 0
    for name, tensor in tensors.items():
        kind, blob = _encode(tensor)
        shape = tensor.shape[::-1]
        out += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
        blob += bytes(-len(blob) % ALIGNMENT)
        blobs.append(blob)
        offset += len(blob)
    out += bytes(-len(out) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(out + b"".join(blobs))


def _encode(tensor):
    if tensor.ndim == 1:
        return F32, tensor.astype("<f4").tobytes()
    rows = tensor.astype(np.float32).reshape(-1, BLOCK)
    scale = np.abs(rows).max(1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    blocks = np.empty(len(rows), np.dtype([("scale", "<f2"), ("q", "i1", BLOCK)]))
    blocks["scale"] = scale
    blocks["q"] = np.rint(rows * inverse[:, None])
    return Q8_0, blocks.tobytes()
