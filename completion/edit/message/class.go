package message

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// class is what a file is to a project.
type class int

const (
	code class = iota
	test
	docs
	build
	ci
	deps // names what else is needed
	data // settings and the like
	noted
	locked // made by a program
)

var (
	testPath  = regexp.MustCompile(`(?i)(^|/)(tests?|specs?|__tests__|testdata|testing|e2e|fixtures?|__snapshots__)/|(_test\.\w+|\.(test|spec)\.\w+|_spec\.rb|Tests?\.(java|kt|cs|php|swift))$|(^|/)(test_[^/]*|conftest)\.py$`)
	docsPath  = regexp.MustCompile(`(?i)(^|/)docs?/|\.(md|mdx|rst|adoc|txt|tex|1)$|(^|/)(LICENSE|COPYING|AUTHORS|CONTRIBUTORS|CODEOWNERS|NOTICE|README)[^/]*$`)
	ciPath    = regexp.MustCompile(`(?i)^(\.github/(workflows|actions)/|\.gitlab-ci|\.circleci/|\.travis|azure-pipelines|\.buildkite/|Jenkinsfile)|dependabot|renovate|\.pre-commit-config`)
	depsPath  = regexp.MustCompile(`(?i)(^|/)(go\.mod|package\.json|Cargo\.toml|pyproject\.toml|requirements[^/]*\.(txt|in)|Pipfile|Gemfile|pom\.xml|build\.gradle(\.kts)?|composer\.json|setup\.(py|cfg)|libs\.versions\.toml|pnpm-workspace\.yaml)$`)
	lockPath  = regexp.MustCompile(`(?i)(^|/)(go\.sum|go\.work\.sum|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock)$|(^|/)(vendor|node_modules|dist)/|\.(min\.js|pb\.go|snap)$|_pb2?\.(py|ts|js)$`)
	buildPath = regexp.MustCompile(`(?i)(^|/)(Makefile|GNUmakefile|CMakeLists\.txt|Dockerfile[^/]*|docker-compose[^/]*|Rakefile|Justfile|BUILD(\.bazel)?|WORKSPACE|[^/]*\.(mk|bzl|cmake))$`)
	notedPath = regexp.MustCompile(`(?i)(^|/)(CHANGELOG|CHANGES|NEWS|HISTORY|RELEASE_?NOTES?)[^/]*$|(^|/)(changes|changelog\.d|\.changeset|newsfragments)/`)
	dataExt   = []string{".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".csv", ".xml", ".properties", ".lock"}
)

// classOf tells what the file at a path is.
func classOf(p string) class {
	base := path.Base(p)
	switch {
	case lockPath.MatchString(p):
		return locked
	case notedPath.MatchString(p):
		return noted
	case depsPath.MatchString(p):
		return deps
	case ciPath.MatchString(p):
		return ci
	case testPath.MatchString(p):
		return test
	case buildPath.MatchString(p):
		return build
	case docsPath.MatchString(p):
		return docs
	case slices.Contains(dataExt, strings.ToLower(path.Ext(base))), strings.HasPrefix(base, "."):
		return data
	}
	return code
}
