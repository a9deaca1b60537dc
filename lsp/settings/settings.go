// Package settings is the one source of every setting: [Options] holds the
// values, its tags hold names, defaults and descriptions. The table in
// editors/guides/settings.md and the editors' schemas are generated from it.
//
// Sources are laid over each other in this order: defaults, the user's
// config.toml, the environment (AIRSIDE_*), the editor, flags. No source is a
// file inside a repository, so that a cloned repository can never name an
// endpoint, a command or a model.
package settings

import (
	"fmt"
	"maps"
	"math"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// Options are all settings. Tags: "name" is the path below "airside.",
// "default" its default, "enum" the allowed values, "min" and "max" the bounds
// of a number, "scope" is "machine" for what names a place, a program or a
// model and must not come from a workspace, "doc" is for people.
type Options struct {
	Backend string `name:"backend" default:"auto" enum:"auto,ollama,llamacpp,builtin,openai" scope:"machine" doc:"Who answers. auto takes the server at openai.url if that is set and in reach, else Ollama if it has a code model, else a running llama-server, else the built-in model, and changes as they come and go."`

	OllamaURL       string `name:"ollama.url" default:"http://127.0.0.1:11434" scope:"machine" doc:"Where Ollama listens."`
	OllamaModel     string `name:"ollama.model" default:"" scope:"machine" doc:"Ollama model to use; empty picks the best installed code model (codellama:*-code first)."`
	OllamaKeepAlive int    `name:"ollama.keepAliveMinutes" default:"30" min:"-1" max:"10080" scope:"machine" doc:"Minutes Ollama keeps the model in memory after a request; -1 is for ever."`

	LlamaCppURL    string `name:"llamacpp.url" default:"" scope:"machine" doc:"URL of a running llama-server; empty looks at the usual ports of this machine."`
	LlamaCppModel  string `name:"llamacpp.model" default:"" scope:"machine" doc:"A GGUF file for which airside starts a llama-server of its own."`
	LlamaCppServer string `name:"llamacpp.server" default:"llama-server" scope:"machine" doc:"The llama-server program to start for llamacpp.model."`

	OpenAIURL   string `name:"openai.url" default:"" scope:"machine" doc:"Address of an OpenAI-compatible server (vLLM, llama.cpp, TGI, LM Studio); empty asks none. Its key, if it wants one, is read from AIRSIDE_OPENAI_KEY in the environment only."`
	OpenAIModel string `name:"openai.model" default:"" scope:"machine" doc:"Model to use there; empty takes the only one served, or the first made for code."`

	BuiltinModel string `name:"builtin.model" default:"" scope:"machine" doc:"A GGUF file for the built-in engine: architecture llama or qwen2 (CodeLlama, Qwen2.5-Coder), weights in F32, F16, BF16, Q8_0, Q4_0 to Q5_1 or Q3_K to Q6_K; empty uses the small model inside the binary, none uses the memory of the workspace alone."`

	ModelsMirror string `name:"models.mirror" default:"" scope:"machine" doc:"Where airside models pull and airside setup take models from, instead of Ollama or the makers' addresses: a folder (a stick, a share) or an address of your house (https://mirror.lan/models) with the files by their names. What comes has to have the SHA-256 that airside knows, or that you name."`

	BuiltinOllamaFiles bool `name:"builtin.useOllamaFiles" default:"true" scope:"machine" doc:"On a machine without a GPU, have the built-in engine run the file of the model that Ollama would answer with, if it was measured to be faster here. Both are measured once, for some seconds, while nobody types; Ollama's files are only read."`

	BuiltinMemory     bool `name:"builtin.memory" default:"true" scope:"window" doc:"Learn the files that git tracks in the workspace, and what is typed, for the built-in model. What was learned is kept in the user's cache folder and never leaves this machine."`
	BuiltinConfidence int  `name:"builtin.confidence" default:"30" min:"0" max:"100" scope:"window" doc:"How sure, in percent, airside must be of a suggestion for it to be shown unasked, by what the model (built in, or of 0.3 billion parameters or more behind llama-server or Ollama) and the memory of the workspace say of it; 0 shows every one. In Python, TypeScript and JavaScript, where code repeats itself less, the small model is asked for more: 80 for 30. Of a line by a larger model, 30 is 60 for the whole of it and 50 for its beginning, which is shown where the whole is not sure. A key that asks for one always gets it."`

	CompletionEnabled     bool     `name:"completion.enabled" default:"true" scope:"window" doc:"Suggest while typing."`
	CompletionLanguages   Patterns `name:"completion.languages" default:"" scope:"window" doc:"Languages to suggest in, by the names that editors give them (go, typescriptreact); empty is all. One behind a ! is off: [\"!markdown\"] is all but Markdown. Of several that fit, the last counts."`
	CompletionExclude     Globs    `name:"completion.exclude" default:"" scope:"window" doc:"Files to suggest nothing in, as globs: *.min.js, docs/**/*.md, a folder with all that is in it (vendor, ~/work/notes), {a,b} for one of two. They are read as before; see privacy.secrets for what must not be."`
	CompletionDefinitions bool     `name:"completion.definitions" default:"false" scope:"window" doc:"Show the model, before the line that you write, what other files of the folder define and the code around the cursor uses: signatures, types with their fields and methods. They are found through an index of the files that git tracks, which is kept in the user's cache folder and never leaves this machine."`
	NextEdits             bool     `name:"completion.nextEdits" default:"false" scope:"window" doc:"Propose the next edit: where two edits by hand had something in common, the same change where it fits next, in this file, then in others of the folder. It is found without a model."`
	DefinitionsExclude    Globs    `name:"completion.definitionsExclude" default:"" scope:"window" doc:"Files of which no definition is shown to the model elsewhere, as globs like those of completion.exclude: a folder with all that is in it, *.gen.go."`

	MaxTokens     int  `name:"completion.maxTokens" default:"128" min:"1" max:"2048" scope:"window" doc:"Most tokens generated for one suggestion."`
	DebounceMs    int  `name:"completion.debounceMs" default:"0" min:"0" max:"5000" scope:"window" doc:"Milliseconds to wait after a keystroke before the model is asked; 0 adapts to how you type and how fast the model is, and does not wait after a dot, an opening parenthesis or a new line."`
	WaitMs        int  `name:"completion.waitMs" default:"1000" min:"0" max:"60000" scope:"window" doc:"Milliseconds that you wait for the first words of a suggestion: a model gets a prompt as long as it can read meanwhile, as fast as it is on this machine now, and more of what it has read before. 0 shows it all that its context holds, however long it reads."`
	ReadAhead     bool `name:"completion.readAhead" default:"true" scope:"window" doc:"Have the model read the beginning of a file that was opened and the lines above a cursor that rests, in small steps while nobody waits; never when the machine saves its battery."`
	ContextTokens int  `name:"completion.contextTokens" default:"4096" min:"256" max:"131072" scope:"machine" doc:"Context size asked of Ollama and of an owned llama-server, in tokens."`

	ReviewOnSave bool `name:"review.onSave" default:"false" scope:"window" doc:"Review what has changed in a file when it is saved: by rules at once, and by the model once nothing is typed for two seconds. Otherwise a review runs when you ask for one."`
	ReviewOdds   bool `name:"review.odds" default:"true" scope:"window" doc:"In a review, have a model that tells how likely its words are compare each operator, name and order of arguments in a changed line with what else could stand there, and say where something else is far likelier."`

	PrivacySecrets Patterns `name:"privacy.secrets" default:"" scope:"machine" doc:"More files that are secrets, as patterns of .gitignore, beside those that are by their nature (.env*, *.pem, id_*, .npmrc, *.tfvars, kubeconfig, credentials, what git ignores) and those that .airsideignore names. A secret is never sent to another machine, shown to a model as context or learned."`
	PrivacyHere    bool     `name:"privacy.secretsOnThisMachine" default:"false" scope:"machine" doc:"Complete within secrets, too, by a model that runs on this machine."`

	SyncEnabled         bool     `name:"sync.enabled" default:"true" scope:"window" doc:"Keep repositories that have opted in (airside sync enable) in step while an editor is open. Nothing else is ever synced."`
	SyncBranches        Patterns `name:"sync.branches" default:"" scope:"window" doc:"Patterns of branches (main, feature/*) that a repository syncs when it opts in without naming any; empty is the current branch."`
	SyncIntervalSeconds int      `name:"sync.intervalSeconds" default:"60" min:"10" max:"86400" scope:"window" doc:"Seconds between two looks at the remote; a commit and a network that comes back do not wait."`
	SyncHookSeconds     int      `name:"sync.hookSeconds" default:"600" min:"0" max:"86400" scope:"window" doc:"Seconds that a pre-push hook, or a merge driver of yours, may take in a sync before it is ended; 0 waits for ever. While one runs, the status says so."`
	SyncMarkMinutes     int      `name:"sync.markMinutes" default:"10" min:"0" max:"1440" scope:"window" doc:"Minutes for which lines of open files stay marked that came in from teammates, unless you edit them; 0 marks none."`
	SyncApplyStructured bool     `name:"sync.applyStructuredMerges" default:"false" scope:"window" doc:"Take a merge that only the syntax tree could settle, without asking, where the text alone conflicts; otherwise it is a proposal."`
}

// Patterns are a list of patterns, such as path.Match takes, separated by one
// space each: no branch has one in its name, and Options can be compared.
type Patterns string

// List takes the patterns apart.
func (p Patterns) List() []string { return strings.Fields(string(p)) }

// Globs are a list of globs of files, separated by one newline each.
type Globs string

// List takes the globs apart.
func (g Globs) List() []string {
	if g == "" {
		return nil
	}
	return strings.Split(string(g), "\n")
}

// globs takes a list, or a text with commas or newlines between its items, as an
// environment entry has it. A comma within braces is the glob's own.
func globs(v any) (list []string, ok bool) {
	if text, isText := v.(string); isText {
		depth := 0
		list = strings.FieldsFunc(text, func(r rune) bool {
			switch r {
			case '{':
				depth++
			case '}':
				depth = max(depth-1, 0)
			}
			return r == '\n' || r == ',' && depth == 0
		})
		for i := range list {
			list[i] = strings.TrimSpace(list[i])
		}
		return slices.DeleteFunc(list, func(item string) bool { return item == "" }), true
	}
	if list, ok := v.([]string); ok {
		return list, true
	}
	items, ok := v.([]any)
	for _, item := range items {
		s, isText := item.(string)
		if s = strings.TrimSpace(s); !isText || s == "" || strings.ContainsAny(s, "\r\n") {
			return nil, false
		}
		list = append(list, s)
	}
	return list, ok
}

// KeyEnv is the environment entry with the API key for openai.url. It is no
// setting: no file and no editor can set it, and nothing here reads it.
const KeyEnv = "AIRSIDE_OPENAI_KEY"

// Default returns the defaults.
func Default() Options {
	var o Options
	for _, f := range Fields() {
		if err := f.set(&o, f.Default); err != nil {
			panic("settings: default of " + f.Name + ": " + err.Error()) // a wrong tag; a test visits it
		}
	}
	return o
}

// Field describes one setting.
type Field struct {
	Name    string // "ollama.url"
	Env     string // "AIRSIDE_OLLAMA_URL"
	Type    string // JSON schema's: "string", "integer", "boolean", or "array", of strings
	Default any
	Enum    []string
	Min     *int
	Max     *int
	Scope   string // VS Code's: "machine" or "window"
	Doc     string

	index int
	globs bool // it is Globs
}

// Fields lists all settings in the order of Options.
func Fields() []Field {
	t := reflect.TypeFor[Options]()
	fields := make([]Field, t.NumField())
	for i := range fields {
		sf := t.Field(i)
		f := Field{
			Name:  sf.Tag.Get("name"),
			Scope: sf.Tag.Get("scope"),
			Doc:   sf.Tag.Get("doc"),
			Min:   bound(sf.Tag.Get("min")),
			Max:   bound(sf.Tag.Get("max")),
			index: i,
		}
		f.Env = "AIRSIDE_" + strings.ToUpper(strings.ReplaceAll(f.Name, ".", "_"))
		if e := sf.Tag.Get("enum"); e != "" {
			f.Enum = strings.Split(e, ",")
		}
		def := sf.Tag.Get("default")
		switch {
		case sf.Type == reflect.TypeFor[Patterns](), sf.Type == reflect.TypeFor[Globs]():
			f.globs = sf.Type == reflect.TypeFor[Globs]()
			f.Type, f.Default = "array", strings.Fields(def)
		case sf.Type.Kind() == reflect.String:
			f.Type, f.Default = "string", def
		case sf.Type.Kind() == reflect.Bool:
			f.Type, f.Default = "boolean", def == "true"
		case sf.Type.Kind() == reflect.Int:
			n, err := strconv.Atoi(def)
			if err != nil {
				panic("settings: default of " + f.Name + ": " + err.Error())
			}
			f.Type, f.Default = "integer", n
		}
		fields[i] = f
	}
	return fields
}

func bound(tag string) *int {
	if tag == "" {
		return nil
	}
	n, err := strconv.Atoi(tag)
	if err != nil {
		panic("settings: bound " + tag + ": " + err.Error())
	}
	return &n
}

// set checks v and stores it. v is a string, bool or any number type, as TOML,
// JSON and tags give them.
func (f Field) set(o *Options, v any) error {
	dst := reflect.ValueOf(o).Elem().Field(f.index)
	switch f.Type {
	case "string":
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("%s must be a string, not %v", f.Name, v)
		}
		if f.Enum != nil && !slices.Contains(f.Enum, s) {
			return fmt.Errorf("%s is %q; it can be %s", f.Name, s, strings.Join(f.Enum, ", "))
		}
		dst.SetString(s)
	case "array":
		read, separator := patterns, " "
		if f.globs {
			read, separator = globs, "\n"
		}
		list, ok := read(v)
		if !ok {
			return fmt.Errorf("%s must be a list of patterns, not %v", f.Name, v)
		}
		for _, p := range list {
			if _, err := path.Match(p, ""); err != nil {
				return fmt.Errorf("%s: %q is no pattern: a bracket or a backslash lacks its end", f.Name, p)
			}
		}
		dst.SetString(strings.Join(list, separator))
	case "boolean":
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("%s must be true or false, not %v", f.Name, v)
		}
		dst.SetBool(b)
	case "integer":
		n, ok := integer(v)
		if !ok {
			return fmt.Errorf("%s must be a whole number, not %v", f.Name, v)
		}
		if f.Min != nil && n < *f.Min || f.Max != nil && n > *f.Max {
			return fmt.Errorf("%s is %d; it can be %d to %d", f.Name, n, *f.Min, *f.Max)
		}
		dst.SetInt(int64(n))
	}
	return nil
}

// patterns takes a list, or a text with commas or spaces between its items, as
// an environment entry has it.
func patterns(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return v, true
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }), true
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			s, ok := item.(string)
			if !ok || s == "" || strings.ContainsFunc(s, unicode.IsSpace) {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}

func integer(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<31 {
			return int(v), true
		}
	}
	return 0, false
}

// Apply lays a tree of values, as JSON or TOML decode them
// ({"ollama": {"url": …}}, or {"ollama.url": …}), over o. Unknown keys and bad
// values are returned, each named; everything else applies.
func (o *Options) Apply(tree map[string]any) []error {
	known := map[string]Field{}
	for _, f := range Fields() {
		known[f.Name] = f
	}
	return o.apply(tree, "", known)
}

func (o *Options) apply(tree map[string]any, prefix string, known map[string]Field) []error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		name, v := prefix+key, tree[key]
		if f, ok := known[name]; ok {
			if v == nil { // editors send null for "not set"
				continue
			}
			if err := f.set(o, v); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		if sub, ok := v.(map[string]any); ok && isGroup(name, known) {
			errs = append(errs, o.apply(sub, name+".", known)...)
			continue
		}
		errs = append(errs, fmt.Errorf("unknown setting %q", name))
	}
	return errs
}

func isGroup(name string, known map[string]Field) bool {
	for k := range known {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}

// ApplyTOML lays the text of a config.toml over o.
func (o *Options) ApplyTOML(text string) []error {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return []error{fmt.Errorf("config.toml: %w", err)}
	}
	return o.Apply(tree)
}

// ApplyEnv lays environment entries ("AIRSIDE_OLLAMA_URL=…") over o. Entries
// that do not begin with AIRSIDE_ are not airside's.
func (o *Options) ApplyEnv(environ []string) []error {
	known := map[string]Field{}
	for _, f := range Fields() {
		known[f.Env] = f
	}
	var errs []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AIRSIDE_") || name == KeyEnv {
			continue
		}
		f, ok := known[name]
		if !ok {
			// Another program's, such as a test's: a typo is worth a word, no more.
			errs = append(errs, fmt.Errorf("unknown setting %s in the environment", name))
			continue
		}
		if err := f.setText(o, value); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errs
}

func (f Field) setText(o *Options, text string) error {
	switch f.Type {
	case "boolean":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%s must be true or false, not %q", f.Name, text)
		}
		return f.set(o, b)
	case "integer":
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%s must be a whole number, not %q", f.Name, text)
		}
		return f.set(o, n)
	}
	return f.set(o, text)
}

// Table renders all settings as a Markdown table, for editors/guides/settings.md.
func Table() string {
	var b strings.Builder
	b.WriteString("| setting | default | what it does |\n| --- | --- | --- |\n")
	for _, f := range Fields() {
		def := fmt.Sprintf("`%v`", f.Default)
		if f.Default == "" || f.Type == "array" {
			def = "" // no array has another default than none
		}
		doc := f.Doc
		if f.Enum != nil {
			doc += " One of `" + strings.Join(f.Enum, "`, `") + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, def, doc)
	}
	return b.String()
}
