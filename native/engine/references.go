package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
)

// Bounds on how kustomizations include each other; far above honest use, far below what would
// exhaust a process before its deadline.
const (
	maxBaseDepth      = 100
	maxKustomizations = 20_000
)

// survey is what is known of a kustomization and all that it includes, before anything is built.
type survey struct {
	view        *view
	allowRemote bool
	// How many kustomizations each directory stands for, itself included and repeats counted.
	counted map[string]int
	open    []string
	// An openapi field changes process-wide state of kustomize.
	usesOpenAPI bool
	// Called with every kustomization, once; nil if nobody asks.
	found func(folder string, kustomization *types.Kustomization)
}

// reference is one entry of a kustomization that names a file, a directory or something remote.
type reference struct {
	field, entry string
	kind         referenceKind
}

type referenceKind int

const (
	toFile   referenceKind = iota // read as a file
	toBase                        // read as a file or, failing that, as a kustomization
	toConfig                      // as toBase, unless it is the configuration itself
)

// visit checks the kustomization in folder and those it includes. Errors name the entry at fault.
func (s *survey) visit(folder string) (count int, err error) {
	if count, known := s.counted[folder]; known {
		return count, nil
	}
	if at := slices.Index(s.open, folder); at >= 0 {
		return 0, faultf(codeBuildFailed, "kustomizations include each other: %s",
			strings.Join(append(slices.Clone(s.open[at:]), folder), " -> "))
	}
	if len(s.open) >= maxBaseDepth {
		return 0, faultf(codeBuildFailed, "bases are nested more than %d deep", maxBaseDepth)
	}
	s.open = append(s.open, folder)
	defer func() { s.open = s.open[:len(s.open)-1] }()

	file, content := s.kustomizationIn(folder)
	if content == nil {
		return 0, faultf(codeBuildFailed, "'%s' has no kustomization.yaml", folder)
	}
	var found types.Kustomization
	if err := found.Unmarshal(content); err != nil {
		return 0, faultf(codeBuildFailed, "%s: %s", path.Join(folder, file), describe(err))
	}
	found.FixKustomization()
	s.usesOpenAPI = s.usesOpenAPI || len(found.OpenAPI) > 0
	if s.found != nil {
		s.found(folder, &found)
	}
	count = 1
	if err := refuseCharts(path.Join(folder, file), &found); err != nil {
		return 0, err
	}
	for _, each := range referencesOf(&found) {
		below, err := s.follow(folder, file, each)
		if err != nil {
			return 0, err
		}
		if count += below; count > maxKustomizations {
			return 0, faultf(codeBuildFailed, "the kustomizations included add up to more than %d", maxKustomizations)
		}
	}
	s.counted[folder] = count
	return count, nil
}

func (s *survey) kustomizationIn(folder string) (file string, content []byte) {
	for _, file := range konfig.RecognizedKustomizationFileNames() {
		if content, found := s.view.file(path.Join(folder, file)); found {
			return file, content
		}
	}
	return "", nil
}

func (s *survey) follow(folder, file string, each reference) (count int, err error) {
	if each.kind == toConfig && strings.ContainsAny(each.entry, "\n{") {
		return 0, nil
	}
	where := fmt.Sprintf("%s entry %q of %s", each.field, shorten(each.entry), path.Join(folder, file))
	target := path.Join(folder, each.entry)
	if isRemote(each.entry) {
		if s.allowRemote && !hasScheme(each.entry, "file") {
			return 0, nil
		}
		return 0, faultf(codeRemoteBase, "the %s is remote; remote bases are not allowed, copy it into the source", where)
	}
	if path.IsAbs(each.entry) || target == ".." || strings.HasPrefix(target, "../") {
		return 0, faultf(codePathEscape, "the %s leads outside the source", where)
	}
	if _, isFile := s.view.file(target); isFile || each.kind == toFile {
		return 0, nil
	}
	if !s.view.hasFolder(target) {
		return 0, faultf(codeBuildFailed, "the %s: %s", where, s.view.missing(target))
	}
	return s.visit(target)
}

// refuseCharts: the engine has no Helm, and a chart in a repository is a remote base anyway.
func refuseCharts(file string, found *types.Kustomization) error {
	for _, chart := range found.HelmCharts {
		if chart.Repo != "" {
			return faultf(codeRemoteBase, "the helmCharts entry %q of %s comes from a chart repository; use a HelmRelease", shorten(chart.Name), file)
		}
		return faultf(codeBuildFailed, "%s has helmCharts, which are not supported; use a HelmRelease", file)
	}
	return nil
}

// referencesOf lists every entry by which a kustomization reads something else.
func referencesOf(found *types.Kustomization) (all []reference) {
	add := func(kind referenceKind, field string, entries ...string) {
		for _, entry := range entries {
			if entry != "" {
				all = append(all, reference{field, entry, kind})
			}
		}
	}
	add(toBase, "resources", found.Resources...)
	add(toBase, "components", found.Components...)
	add(toConfig, "generators", found.Generators...)
	add(toConfig, "transformers", found.Transformers...)
	add(toConfig, "validators", found.Validators...)
	add(toFile, "configurations", found.Configurations...)
	add(toFile, "crds", found.Crds...)
	add(toFile, "openapi", found.OpenAPI["path"])
	for _, patch := range slices.Concat(found.Patches, found.PatchesJson6902) {
		add(toFile, "patches", patch.Path)
	}
	for _, patch := range found.PatchesStrategicMerge {
		if !strings.ContainsAny(string(patch), "\n{") {
			add(toFile, "patchesStrategicMerge", string(patch))
		}
	}
	for _, replacement := range found.Replacements {
		add(toFile, "replacements", replacement.Path)
	}
	for _, generator := range found.ConfigMapGenerator {
		add(toFile, "configMapGenerator", sourcesOf(generator.KvPairSources)...)
	}
	for _, generator := range found.SecretGenerator {
		add(toFile, "secretGenerator", sourcesOf(generator.KvPairSources)...)
	}
	return all
}

// sourcesOf gives the paths of a generator's files, without the key in front of `key=path`.
func sourcesOf(sources types.KvPairSources) (paths []string) {
	for _, source := range sources.FileSources {
		_, named, hasKey := strings.Cut(source, "=")
		if hasKey && !isRemote(source) {
			source = named
		}
		paths = append(paths, source)
	}
	return append(paths, sources.EnvSources...)
}

// What kustomize, go-getter or a careless reader takes for something on the network: a URL of any
// scheme, `git::`, an scp-like address, or GitHub's short form. `http:` needs no slashes.
var remote = regexp.MustCompile(`(?i)^(https?:|[a-z][a-z0-9+.-]*://|[a-z0-9]+::|gh:|github\.com[/:]|[a-z0-9_.-]+@[^/]*[:/])`)

func isRemote(entry string) bool { return remote.MatchString(entry) }

func hasScheme(entry, scheme string) bool {
	trimmed := strings.TrimPrefix(strings.ToLower(entry), "git::")
	return strings.HasPrefix(trimmed, scheme+":")
}

// shorten bounds what a message repeats of a source, and keeps credentials in URLs out of it.
func shorten(entry string) string {
	entry = userinfo.ReplaceAllString(entry, "$1***@")
	if len(entry) > 200 {
		entry = strings.ToValidUTF8(entry[:200], "") + "..."
	}
	return entry
}

var userinfo = regexp.MustCompile(`(://)[^/@\s]*@`)
