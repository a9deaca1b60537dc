package syntax

import (
	"path/filepath"
	"strings"
)

// byExtension are the languages by file name extension; LSP's identifiers.
var byExtension = map[string]string{
	".go": "go", ".py": "python", ".pyi": "python",
	".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascriptreact",
	".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescriptreact",
	".rs": "rust", ".java": "java", ".c": "c", ".h": "c",
	".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp", ".hxx": "cpp",
	".cs": "csharp", ".csx": "csharp", ".php": "php", ".phtml": "php",
	".kt": "kotlin", ".kts": "kotlin", ".scala": "scala", ".sbt": "scala", ".sc": "scala", ".swift": "swift",
	".css": "css", ".scss": "scss", ".less": "less", ".proto": "proto",
	".rb": "ruby", ".rake": "ruby", ".gemspec": "ruby", ".lua": "lua", ".ex": "elixir", ".exs": "elixir",
	".sh": "shellscript", ".bash": "shellscript", ".zsh": "shellscript", ".html": "html", ".htm": "html",
	".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".sql": "sql", ".md": "markdown", ".markdown": "markdown",
	".dockerfile": "dockerfile", ".tf": "terraform", ".tfvars": "terraform-vars", ".hcl": "hcl",
}

// byFile are the files that have a name of their own instead of an extension.
var byFile = map[string]string{
	"Dockerfile": "dockerfile", "Containerfile": "dockerfile",
	"Gemfile": "ruby", "Rakefile": "ruby", "Vagrantfile": "ruby",
	".bashrc": "shellscript", ".bash_profile": "shellscript", ".profile": "shellscript", ".zshrc": "shellscript",
}

// LanguageOfFile returns the LSP language identifier for a file name, "" when
// its extension says nothing.
func LanguageOfFile(file string) string {
	if id := byExtension[strings.ToLower(filepath.Ext(file))]; id != "" {
		return id
	}
	return byFile[filepath.Base(file)]
}
