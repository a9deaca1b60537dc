package llamaserver

import (
	"slices"
	"testing"
)

func TestEnvironHasNoSecrets(t *testing.T) {
	kept := []string{"PATH=/bin", "HOME=/h", "PWD=/w", "LD_LIBRARY_PATH=/l", "CUDA_VISIBLE_DEVICES=0", "GGML_VK_VISIBLE_DEVICES=1", "LANG=C", "TMPDIR=/t", `SystemRoot=C:\Windows`}
	secret := []string{"AIRSIDE_OPENAI_KEY=k", "OPENAI_API_KEY=k", "GITHUB_TOKEN=t", "DB_PASSWORD=p", "PGPASSWORD=p", "AWS_SECRET_ACCESS_KEY=s", "aws_session_token=s", "GOOGLE_APPLICATION_CREDENTIALS=/f", "DATABASE_URL=u", "SENTRY_DSN=d", "LLAMA_API_KEY=x", "SSH_AUTH_SOCK=/s", "AZURE_PAT=x"}
	if got := environ(slices.Concat(secret, kept)); !slices.Equal(got, kept) {
		t.Errorf("%q", got)
	}
}
