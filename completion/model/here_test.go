package model

import "testing"

func TestHere(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:11434": true, "http://localhost:8080": true, "http://[::1]:1": true, "http://LOCALHOST:1/v1": true,
		"http://127.0.0.1:1 (/m.gguf)": true, "http://[::ffff:127.0.0.1]:1": true, "unix:///run/llama.sock": true,
		"http://10.0.0.7:11434": false, "http://10.0.0.7:1 (/m.gguf)": false, "https://models.example": false,
		"http://127.0.0.1.evil.example": false, "http://localhost.evil.example": false, "http://127.0.0.1@evil.example": false,
		"http://0.0.0.0:1": false, "http://%zz": false,
		"the binary itself": true, "/models/x.gguf": true, "C:\\models\\x.gguf": true,
	} {
		if got := (Info{Endpoint: endpoint, Model: "m"}).Here(); got != want {
			t.Errorf("%q: %t", endpoint, got)
		}
	}
	for _, name := range []string{"qwen3-coder:480b-cloud", "glm:cloud"} {
		if (Info{Endpoint: "http://127.0.0.1:11434", Model: name}).Here() {
			t.Errorf("%s runs elsewhere", name)
		}
	}
}
