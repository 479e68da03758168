package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
)

const (
	// Of one encrypted file or value, as upstream has it.
	maxEncryptedBytes = 5 << 20
	decryptMark       = "kustomize.toolkit.fluxcd.io/decrypt"
)

// encryptedFiles are the files that kustomizations read by other ways than as objects, which may be
// encrypted, and the format each is wanted in.
type encryptedFiles map[string]sopsFormat

// collect is for files of generators and patches; objects are decrypted after the build, when
// transformers have done with what they need of them.
func (f encryptedFiles) collect(folder string, found *types.Kustomization) {
	add := func(entry string, format sopsFormat) {
		if name := path.Join(folder, entry); entry != "" && !isRemote(entry) && f[name] == "" {
			f[name] = format
		}
	}
	generators := make([]types.KvPairSources, 0, len(found.SecretGenerator)+len(found.ConfigMapGenerator))
	for _, each := range found.SecretGenerator {
		generators = append(generators, each.KvPairSources)
	}
	for _, each := range found.ConfigMapGenerator {
		generators = append(generators, each.KvPairSources)
	}
	for _, sources := range generators {
		for _, source := range sources.FileSources {
			key, file, hasKey := strings.Cut(source, "=")
			if !hasKey {
				file = key
			}
			add(file, formatOf(key))
		}
		for _, file := range sources.EnvSources {
			format := formatOf(file)
			if format == formatBinary {
				format = formatDotenv
			}
			add(file, format)
		}
	}
	for _, patch := range slices.Concat(found.Patches, found.PatchesJson6902) {
		add(patch.Path, formatOf(patch.Path))
	}
	for _, patch := range found.PatchesStrategicMerge {
		if !strings.ContainsAny(string(patch), "\n{") {
			add(string(patch), formatOf(string(patch)))
		}
	}
}

// decryptFiles lays the decrypted files over the source.
func (k *keyring) decryptFiles(source *view, files encryptedFiles) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		content, found := source.file(name)
		if !found {
			continue
		}
		plain, err := k.decryptContent(content, files[name])
		if err != nil {
			if err = k.about(shorten(name), err); err != nil {
				return err
			}
			continue
		}
		if plain != nil {
			source.overlay[name] = plain
		}
	}
	return nil
}

// decryptObjects replaces encrypted objects, and encrypted values of Secrets, by what they hold.
func (k *keyring) decryptObjects(built resmap.ResMap, encoded [][]byte) error {
	for i, object := range built.Resources() {
		if isLeftEncrypted(object) {
			continue
		}
		plain, err := k.decryptObject(object, encoded[i])
		if err != nil {
			if err = k.about(describeResource(object), err); err != nil {
				return err
			}
			continue
		}
		encoded[i] = plain
	}
	return nil
}

func (k *keyring) decryptObject(object *resource.Resource, encoded []byte) ([]byte, error) {
	if bytes.Contains(encoded, []byte(`"sops"`)) {
		var probe struct {
			Sops struct {
				MAC string `json:"mac"`
			} `json:"sops"`
		}
		if json.Unmarshal(encoded, &probe) == nil && probe.Sops.MAC != "" {
			return k.decrypt(encoded, formatJSON, func(documents []*yaml.Node) ([]byte, error) {
				var out bytes.Buffer
				err := writeJSON(&out, documents[0])
				return out.Bytes(), err
			})
		}
	}
	if object.GetKind() != "Secret" || object.GetApiVersion() != "v1" {
		return encoded, nil
	}
	return k.decryptSecret(encoded)
}

// decryptSecret decrypts those values of a Secret that are encrypted files, each in the format that
// its key asks for.
func (k *keyring) decryptSecret(encoded []byte) ([]byte, error) {
	var secret map[string]json.RawMessage
	var data map[string]*string
	if json.Unmarshal(encoded, &secret) != nil || json.Unmarshal(secret["data"], &data) != nil {
		return encoded, nil
	}
	changed := false
	for key, value := range data {
		if value == nil {
			continue
		}
		content, err := base64.StdEncoding.DecodeString(*value)
		if err != nil {
			// The API server has the better words for it.
			continue
		}
		plain, err := k.decryptContent(content, formatOf(key))
		if err != nil {
			return nil, prefixed("data."+shorten(key), err)
		}
		if plain != nil {
			text := base64.StdEncoding.EncodeToString(plain)
			data[key], changed = &text, true
		}
	}
	if !changed {
		return encoded, nil
	}
	var err error
	if secret["data"], err = json.Marshal(data); err != nil {
		return nil, err
	}
	return json.Marshal(secret)
}

// decryptContent gives nil for what is not encrypted.
func (k *keyring) decryptContent(content []byte, wanted sopsFormat) ([]byte, error) {
	read := detectEncrypted(content)
	if read == "" {
		return nil, nil
	}
	return k.decrypt(content, read, func(documents []*yaml.Node) ([]byte, error) {
		return emitPlain(documents, read, wanted)
	})
}

func (k *keyring) decrypt(content []byte, read sopsFormat, emit func([]*yaml.Node) ([]byte, error)) ([]byte, error) {
	if len(content) > maxEncryptedBytes {
		return nil, faultf(codeDecryptionFailed, "it has %d bytes, more than the %d that an encrypted file may have", len(content), maxEncryptedBytes)
	}
	documents, metadata, err := parseEncrypted(content, read)
	if err != nil {
		return nil, err
	}
	selection, err := metadata.selection()
	if err != nil {
		return nil, err
	}
	key, err := k.dataKey(metadata)
	if err != nil {
		return nil, err
	}
	var plain []*yaml.Node
	file := tree{key: key, selection: selection, keys: k}
	for _, document := range documents {
		opened, err := file.decrypt(document, nil, 0)
		if err != nil {
			return nil, err
		}
		plain = append(plain, opened)
	}
	return emit(plain)
}

// about names what could not be decrypted; nothing if only a key has to be fetched first.
func (k *keyring) about(what string, err error) error {
	if errors.Is(err, errWanted) {
		return nil
	}
	return prefixed("cannot decrypt "+what, err)
}

func prefixed(what string, err error) error {
	if known, isFault := err.(*fault); isFault {
		return faultf(known.Code, "%s: %s", what, known.Message)
	}
	return err
}

func isLeftEncrypted(object *resource.Resource) bool {
	return strings.EqualFold(object.GetAnnotations()[decryptMark], "disabled") ||
		strings.EqualFold(object.GetLabels()[decryptMark], "disabled")
}

func describeResource(object *resource.Resource) string {
	parts := []string{object.GetKind(), object.GetNamespace(), object.GetName()}
	return shorten(strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "/"))
}
