package llama

// CacheBytes is the memory that keys and values take, those of the texts before
// the last one included.
func (s *Session) CacheBytes() int {
	bytes := 0
	for _, q := range s.kept.list {
		bytes += q.cache.bytes()
	}
	return bytes
}
