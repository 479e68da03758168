package main

import (
	"crypto/sha256"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// sopsMetadata is what SOPS adds to a file: who can open it, and which of its values are encrypted.
// https://github.com/getsops/sops has the format; the MAC is not read, see adr/0010.
type sopsMetadata struct {
	ShamirThreshold   int            `yaml:"shamir_threshold"`
	KeyGroups         []sopsKeyGroup `yaml:"key_groups"`
	sopsKeyGroup      `yaml:",inline"`
	UnencryptedSuffix string `yaml:"unencrypted_suffix"`
	EncryptedSuffix   string `yaml:"encrypted_suffix"`
	UnencryptedRegex  string `yaml:"unencrypted_regex"`
	EncryptedRegex    string `yaml:"encrypted_regex"`
	// Rules by comment, of which nothing is left in an object; see selects.
	UnencryptedComment string `yaml:"unencrypted_comment_regex"`
	EncryptedComment   string `yaml:"encrypted_comment_regex"`
}

// sopsKeyGroup has keys any one of which unwraps the data key, or one part of it.
type sopsKeyGroup struct {
	Age   []wrappedKey     `yaml:"age"`
	PGP   []wrappedKey     `yaml:"pgp"`
	Vault []map[string]any `yaml:"hc_vault"`
	AWS   []map[string]any `yaml:"kms"`
	GCP   []map[string]any `yaml:"gcp_kms"`
	Azure []map[string]any `yaml:"azure_kv"`
	HCKMS []map[string]any `yaml:"hckms"`
}

type wrappedKey struct {
	Recipient   string `yaml:"recipient"`
	Fingerprint string `yaml:"fp"`
	Enc         string `yaml:"enc"`
}

func (g sopsKeyGroup) remote() (keys []remoteKey) {
	for _, service := range []struct {
		name string
		keys []map[string]any
	}{{"hc_vault", g.Vault}, {"kms", g.AWS}, {"gcp_kms", g.GCP}, {"azure_kv", g.Azure}, {"hckms", g.HCKMS}} {
		for _, fields := range service.keys {
			keys = append(keys, newRemoteKey(service.name, fields))
		}
	}
	return keys
}

// String names the key in messages.
func (k remoteKey) String() string {
	for _, field := range []string{"arn", "resource_id", "vault_address", "vault_url", "key_id"} {
		if name, isText := k.Fields[field].(string); isText {
			return k.Service + " " + shorten(name)
		}
	}
	return k.Service
}

func (m *sopsMetadata) groups() []sopsKeyGroup {
	own := m.sopsKeyGroup
	if len(own.Age)+len(own.PGP)+len(own.remote()) > 0 {
		return []sopsKeyGroup{own}
	}
	return m.KeyGroups
}

// id tells files with the same data key from those with another.
func (m *sopsMetadata) id() string {
	sum := sha256.New()
	for _, group := range m.groups() {
		for _, key := range append(group.Age, group.PGP...) {
			fmt.Fprintf(sum, "%d:%s", len(key.Enc), key.Enc)
		}
		for _, key := range group.remote() {
			sum.Write([]byte(key.ID))
		}
		sum.Write([]byte{0})
	}
	return string(sum.Sum(nil))
}

// selection decides which values of a file are encrypted, by the keys that lead to them.
type selection struct {
	byLooks                          bool
	suffix, regex                    bool
	encryptedSuffix, unencryptSuffix string
	encrypted, unencrypted           *regexp.Regexp
}

func (m *sopsMetadata) selection() (*selection, error) {
	rules := []string{m.UnencryptedSuffix, m.EncryptedSuffix, m.UnencryptedRegex, m.EncryptedRegex, m.UnencryptedComment, m.EncryptedComment}
	given := 0
	for _, rule := range rules {
		if rule != "" {
			given++
		}
	}
	if given > 1 {
		return nil, faultf(codeDecryptionFailed, "its sops metadata has more than one rule for what is encrypted")
	}
	chosen := &selection{
		encryptedSuffix: m.EncryptedSuffix,
		unencryptSuffix: m.UnencryptedSuffix,
		// Comments are lost on the way through kustomize, so what looks encrypted is.
		byLooks: m.UnencryptedComment != "" || m.EncryptedComment != "",
	}
	if given == 0 {
		chosen.unencryptSuffix = "_unencrypted"
	}
	var err error
	if m.EncryptedRegex != "" {
		chosen.encrypted, err = regexp.Compile(m.EncryptedRegex)
	} else if m.UnencryptedRegex != "" {
		chosen.unencrypted, err = regexp.Compile(m.UnencryptedRegex)
	}
	if err != nil {
		return nil, faultf(codeDecryptionFailed, "its sops metadata has a malformed regular expression")
	}
	return chosen, nil
}

func (s *selection) selects(path []string, value string) bool {
	some := func(matches func(string) bool) bool {
		for _, key := range path {
			if matches(key) {
				return true
			}
		}
		return false
	}
	switch {
	case s.byLooks:
		return encryptedValue.MatchString(value)
	case s.encrypted != nil:
		return some(s.encrypted.MatchString)
	case s.unencrypted != nil:
		return !some(s.unencrypted.MatchString)
	case s.encryptedSuffix != "":
		return some(func(key string) bool { return strings.HasSuffix(key, s.encryptedSuffix) })
	default:
		return !some(func(key string) bool { return strings.HasSuffix(key, s.unencryptSuffix) })
	}
}

// readMetadata takes the metadata off the documents of a file.
func readMetadata(documents []*yaml.Node) (*sopsMetadata, error) {
	var found *yaml.Node
	for _, document := range documents {
		if below := take(document, "sops"); below != nil && found == nil {
			found = below
		}
	}
	if found == nil {
		return nil, faultf(codeDecryptionFailed, "it has no sops metadata")
	}
	metadata := &sopsMetadata{}
	if err := found.Decode(metadata); err != nil {
		return nil, faultf(codeDecryptionFailed, "its sops metadata is malformed")
	}
	return metadata, nil
}

// take removes a key of a mapping and returns its value.
func take(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			value := mapping.Content[i+1]
			mapping.Content = append(mapping.Content[:i:i], mapping.Content[i+2:]...)
			return value
		}
	}
	return nil
}

// unflatten turns `age__list_0__map_enc: x`, as formats without nesting have it, into a tree.
// untyped values become whatever type they look like, as in YAML.
func unflatten(flat *yaml.Node) *yaml.Node {
	root := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(flat.Content); i += 2 {
		at := root
		steps := flatStep.Split(flat.Content[i].Value, -1)
		kinds := flatStep.FindAllString(flat.Content[i].Value, -1)
		for depth, step := range steps {
			leaf := depth == len(steps)-1
			kind := yaml.MappingNode
			if !leaf && kinds[depth] == "__list_" {
				kind = yaml.SequenceNode
			}
			next := child(at, step, kind)
			if next == nil {
				break
			}
			if leaf {
				// No style and no tag: a number is a number again.
				*next = yaml.Node{Kind: yaml.ScalarNode, Value: strings.ReplaceAll(flat.Content[i+1].Value, `\n`, "\n")}
			}
			at = next
		}
	}
	return root
}

var flatStep = regexp.MustCompile(`__(?:map|list)_`)

// child is the node below a key or index, made if it is not there; nil for a senseless index.
func child(at *yaml.Node, step string, kind yaml.Kind) *yaml.Node {
	made := &yaml.Node{Kind: kind}
	if at.Kind == yaml.SequenceNode {
		index, err := strconv.Atoi(step)
		if err != nil || index < 0 || index > min(len(at.Content)+1_000, math.MaxInt16) {
			return nil
		}
		for len(at.Content) <= index {
			at.Content = append(at.Content, &yaml.Node{Kind: kind})
		}
		return at.Content[index]
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == step {
			return at.Content[i+1]
		}
	}
	at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: step}, made)
	return made
}
