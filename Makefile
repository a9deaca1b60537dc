# airside: build, test, measure. `make demo` and `make test` need nothing but
# Go and a C compiler (for tree-sitter's grammars).

GO       ?= go
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT   := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
FUZZTIME ?= 30s
PREFIX   ?= /usr/local

.PHONY: help build install vsix demo test race lint e2e processors bench bench-engine bench-real equal-real bench-quality bench-memory bench-next bench-commit bench-odds bench-heal bench-indent bench-merge bench-review bench-sync bench-typing bench-nvim bench-vscode bench-first bench-stands bench-slow bench-idle picture-vscode train train-try fuzz clean

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# What a program says counts when it fails: compilers warn of others' C, npm of itself.
quiet = said=$$( { $(1); } 2>&1 ) || { code=$$?; printf '%s\n' "$$said"; exit $$code; }

build: ## build ./airside
	@echo 'building ./airside (with a cold cache this takes some minutes)'
	@$(call quiet,$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o airside ./cmd/airside)

install: build ## install the binary into $(PREFIX)/bin
	install -D -m 755 airside $(DESTDIR)$(PREFIX)/bin/airside

demo: build ## show completions on three sample files, by the built-in model
	@testdata/demo/demo.sh ./airside

test: check ## every test that needs no outside program
	$(GO) test -timeout 30m ./...

race: ## the same under the race detector
	$(GO) test -race -timeout 30m ./...

.PHONY: check
check: ## formatting and vet, the end-to-end tests included
	@unformatted=$$(gofmt -l cmd completion editors/e2e gitsync lsp); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags e2e ./...

lint: ## all that reads the code: the same, staticcheck, deadcode, spelling, shellcheck, luacheck, ESLint (Debian's shellcheck and lua-check, Node 22)
	@.ci/lint

# vsce's name of this platform.
VSIX_TARGET = $(subst windows,win32,$(shell $(GO) env GOOS))-$(subst amd64,x64,$(shell $(GO) env GOARCH))

vsix: build editors/vscode/node_modules/.package-lock.json ## the VS Code extension with the binary in it, into build/ (Node 22 or newer)
	@echo 'packing build/airside-$(VSIX_TARGET).vsix'
	@rm -f build/airside-*.vsix
	@mkdir -p build editors/vscode/bin
	@install -m 755 airside editors/vscode/bin/airside
	@cp LICENSE CHANGELOG.md editors/vscode
	@cd editors/vscode && $(call quiet,npm run -s build && npx vsce package --no-dependencies --no-rewrite-relative-links --readme-path dist/page.md --target $(VSIX_TARGET) --out ../../build/airside-$(VSIX_TARGET).vsix)

editors/vscode/node_modules/.package-lock.json: editors/vscode/package-lock.json
	@echo "installing the extension's tools"
	@cd editors/vscode && $(call quiet,npm ci --no-audit --no-fund)
	@touch $@

e2e: build ## the real VS Code, Neovim, llama-server, Ollama, git and sshd; fails when one is missing
	.ci/e2e

processors: ## the kernels on arm64 and older amd64, by qemu (qemu-user, gcc-aarch64-linux-gnu)
	.ci/processors

bench: ## benchmarks, in the format that benchstat reads
	$(GO) test -run '^$$' -bench . -benchmem ./...

BENCH_DIR := $(or $(AIRSIDE_BENCH_DIR),$(or $(TMPDIR),/tmp)/airside-bench)
SPLIT ?= $(addprefix github.com/spf13/cobra@v1.,5.0 6.0 6.1 7.0 8.0 8.1 9.1 10.0)

bench-real: ## the built-in engine beside llama-server on real models (half an hour for all): [MODELS=135M,0.5B,1.5B] [FORMATS=Q8_0,Q4_K_M] [THREADS=1,2] [ROUNDS=5] [JSON=1]
	@set -e; parts=$$(.ci/parts); \
	export AIRSIDE_MODELS=$$parts/models AIRSIDE_LLAMA_SERVER=$$parts/bin/llama-server AIRSIDE_LLAMA_QUANTIZE=$$parts/bin/llama-quantize; \
	$(GO) run ./cmd/bench/real -models '$(MODELS)' -formats '$(FORMATS)' $(if $(THREADS),-threads '$(THREADS)') -rounds $(or $(ROUNDS),5) $(if $(JSON),-json)

bench-engine: ## what batches, drafts, a busy machine and a restart do to a real model: MODEL=file.gguf [WHAT=batches,drafts,busy,restart]
	$(GO) run ./cmd/bench/engine -model '$(MODEL)' $(if $(WHAT),-what '$(WHAT)')
equal-real: ## greedy texts of the built-in engine and llama-server at PLACES (300) places in code, real models in F16, Q8_0 and Q4_K_M
	@AIRSIDE_EQUAL_PLACES=$(or $(PLACES),300) E2E_RUN=RealEqualsLlamaServer E2E_FLAGS='-v -timeout 12h' .ci/e2e

bench-merge: ## merge REPO's merges again, beside git: make bench-merge REPO=path [LIMIT=n] [BESIDE=mergiraf] [DIFFER=dir] [TRIPLES=dir]; without REPO, releases of a module
	@test -n "$(REPO)$(TRIPLES)" -o -d "$(BENCH_DIR)/split.git" || { mkdir -p "$(BENCH_DIR)"; \
	  $(GO) run ./cmd/bench/merge/split "$(BENCH_DIR)/split.git" $(SPLIT); }
	@$(GO) run ./cmd/bench/merge -limit $(or $(LIMIT),0) $(if $(BESIDE),-beside $(BESIDE)) $(if $(DIFFER),-differ "$(DIFFER)") \
	  $(if $(TRIPLES),-triples "$(TRIPLES)","$(or $(REPO),$(BENCH_DIR)/split.git)")

bench-review: ## review REPO's changes and planted bugs: make bench-review [REPO=paths] [BACKEND=name] [PLANTED=n] [CLEAN=n] [FIXES=n] [JSON=1] [FLAGS=-odds]
	@$(if $(BACKEND),AIRSIDE_BACKEND=$(BACKEND)) $(GO) run ./cmd/bench/review $(if $(BACKEND),-model) \
	  -planted $(or $(PLANTED),$(if $(BACKEND),3,25)) -clean $(or $(CLEAN),$(if $(BACKEND),30,0)) -fixes $(or $(FIXES),0) $(if $(JSON),-json,-list 20) $(FLAGS) $(or $(REPO),.)

bench-typing: build ## 300 recorded keystrokes against llama-server and Ollama, and airside's own share
	$(GO) test -run '^$$' -bench 'Keystroke|Replay' ./cmd/airside
	E2E_RUN=E2EReplay .ci/e2e

bench-vscode: build ## from a key to ghost text on the screen of VS Code, beside the server's share
	E2E_FLAGS="-v -bench E2EVSCode -benchtime 1x" E2E_RUN='^$$' E2E_VSCODE=1 .ci/e2e

picture-vscode: build ## the picture in editors/vscode/README.md, from the tests' screen
	E2E_RUN=E2EVSCode .ci/e2e
	cp build/vscode/ghost.png editors/vscode/media/picture.png

bench-first: build ## what somebody waits for in Neovim and VS Code with a real model: [FIRST=neovim/builtin] [PLACES=6] [MODEL=1.5B] [PAUSE=2s] [BESIDE=1]: PAUSE before the key, BESIDE a compile
	AIRSIDE_FIRST_PLACES=$(PLACES) AIRSIDE_FIRST_MODEL=$(MODEL) AIRSIDE_FIRST_BESIDE=$(BESIDE) AIRSIDE_FIRST_PAUSE=$(PAUSE) \
	  E2E_FLAGS='-v -bench E2EFirst/$(FIRST) -benchtime 1x' E2E_RUN='^$$' $(if $(findstring neovim,$(FIRST)),,E2E_VSCODE=1) .ci/e2e

bench-stands: build ## whether ghost text stands after a pause at a place where a real model has an answer: [STANDS=neovim/builtin] [TRIES=100] [MODEL=1.5B] [PAUSE=3s]
	AIRSIDE_STANDS_TRIES=$(TRIES) AIRSIDE_FIRST_MODEL=$(MODEL) AIRSIDE_FIRST_PAUSE=$(PAUSE) \
	  E2E_FLAGS='-v -bench E2EStands/$(STANDS) -benchtime 1x' E2E_RUN='^$$' $(if $(findstring neovim,$(STANDS)),,E2E_VSCODE=1) .ci/e2e

bench-slow: build ## the same with a scripted model that takes 2.2 s, at 20 places in Neovim and in VS Code
	E2E_FLAGS=-v E2E_RUN='TestE2E(NvimPluginSlow|VSCodeSlow)$$' E2E_VSCODE=1 .ci/e2e

bench-indent: ## how what a real model suggests is indented where lines begin: REPOS="folder …" MODEL=file.gguf [N=104] [FLAGS=-show]
	@$(GO) run ./cmd/bench/indent -model '$(MODEL)' $(if $(N),-n $(N)) $(FLAGS) $(REPOS)

bench-idle: build ## processor and wake-ups of a silent editor's server with sync on: [SETTLE=150s] [FOR=5m]
	$(GO) run ./cmd/bench/idle -airside ./airside -settle $(or $(SETTLE),150s) -for $(or $(FOR),5m)

bench-sync: build ## sync beside git, on 50,000 files and 20,000 commits
	$(GO) test -tags e2e -run '^$$' -bench E2E -benchtime 10x ./gitsync/repo/wire
	cmd/bench/sync/sync.sh ./airside $(BENCH_DIR)/sync-50000-20000-1/remote.git

train: ## train the built-in model: make train WORK=folder [BASE=x.gguf] [MINUTES=60]
	@test -n "$(WORK)" || { echo 'make train WORK=folder [BASE=x.gguf] [MINUTES=60]'; exit 2; }
	BASE=$(BASE) testdata/model/train.sh $(WORK) --minutes $(or $(MINUTES),60)

train-try: ## the training recipe in a minute, on a tiny network
	testdata/model/smoke.sh

bench-memory: ## held-out line ends by the built-in model, the memory of the workspace, and both: SOURCES=folder of repositories [MODEL=file.gguf] [N=200] [COLD=1] [FIT=1]
	$(GO) run ./cmd/bench/memory $(if $(MODEL),-model "$(MODEL)") $(if $(SOURCES),-sources "$(SOURCES)") $(if $(N),-n $(N)) $(if $(COLD),-cold) $(if $(FIT),-fit -ways both) $(if $(OUT),-out "$(OUT)")

bench-next: ## the next edit without a model, on public histories: REPOS="folder …" [N=60 commits each] [FLAGS="-show -v"]
	$(GO) run ./cmd/bench/next $(if $(N),-most $(N)) $(FLAGS) $(REPOS)

bench-commit: ## commit messages by rules beside those that people wrote: REPOS="folder …" [N=50 commits each] [FLAGS=-show]
	$(GO) run ./cmd/bench/message $(if $(N),-most $(N)) $(FLAGS) $(REPOS)

bench-quality: build ## what is suggested at held-out places, by part and beside other programs' recipes: REPOS="folder …" [BACKEND=llamacpp, none for recall alone] [MODEL=0.5B, or a file] [N=50] [LANGUAGES=go,python] [WAYS="file only,Tabby"] [CONTEXT=2048] [SEED=1] [PICTURE=file.svg] [JSON=1] [FLAGS=-any-age]
	@set -e; test -n "$(REPOS)" || { echo 'make bench-quality REPOS="folder …": any repositories on this disk'; exit 2; }; \
	if [ -n "$(MODEL)" ] && [ -z "$$AIRSIDE_LLAMA_SERVER" ]; then \
	  parts=$$(.ci/parts); export AIRSIDE_MODELS=$$parts/models AIRSIDE_LLAMA_SERVER=$$parts/bin/llama-server; fi; \
	$(GO) run ./cmd/bench/quality $(if $(BACKEND),-backend $(BACKEND)) $(if $(MODEL),-model '$(MODEL)') $(if $(N),-n $(N)) \
	  $(if $(LANGUAGES),-languages '$(LANGUAGES)') $(if $(WAYS),-ways '$(WAYS)') $(if $(CONTEXT),-context $(CONTEXT)) $(if $(SEED),-seed $(SEED)) \
	  $(if $(PICTURE),-picture '$(PICTURE)') $(if $(JSON),-json) $(FLAGS) $(REPOS)

bench-odds: ## how a real model and the memory are weighed, and sure beginnings: MODEL=file.gguf SOURCES=folder WEIGHED=file.jsonl [N=100] [WHOLE=0.4, the share of whole lines] records places (on from where it stopped); FIT_ON=file.jsonl TRY_ON=other.jsonl [PARAMETERS=1500000000] fits the odds on one and tells what they give on the other
	$(GO) run ./cmd/bench/memory $(if $(WEIGHED),-cold -context 400 -threads 1 -model "$(MODEL)" -sources "$(SOURCES)" -n $(or $(N),100) $(if $(WHOLE),-whole $(WHOLE)) -weighed "$(WEIGHED)",-fit-on "$(FIT_ON)" -try-on "$(TRY_ON)" $(if $(PARAMETERS),-parameters $(PARAMETERS)))

bench-heal: ## cursors inside a token, by a real model: MODEL=file.gguf SOURCES=folder [STARTS=500] [WORDS=100] [SERVER=1], the last by the llama-server that AIRSIDE_LLAMA_SERVER names
	$(GO) run ./cmd/bench/memory -context 220 -threads 1 -model "$(MODEL)" -sources "$(SOURCES)" -starts $(or $(STARTS),500) -words $(or $(WORDS),100) $(if $(SERVER),-server)

bench-nvim: build ## from a key to ghost text on Neovim's screen, with a model that answers at once
	E2E_FLAGS='-bench E2ENvimKeystroke -benchtime 100x' E2E_RUN='^$$' .ci/e2e

fuzz: ## every fuzz target for FUZZTIME (30s) each
	@GO=$(GO) .ci/fuzz $(FUZZTIME)

.PHONY: grammars
grammars: ## each language's grammar: the release in use, the newest, and what hinders it (asks crates.io, npm and the Go proxy)
	@.ci/grammars

.PHONY: package reproducible
package: ## packages for Linux into build/dist: .deb, tar, manual pages, completions, checksums, SBOM: [ARCHES="amd64 arm64"]
	@.ci/package $(ARCHES)

reproducible: ## the same twice, in two folders with empty caches: they have to be the same to the byte
	@.ci/reproducible

clean: ## remove what was built
	rm -rf airside build
