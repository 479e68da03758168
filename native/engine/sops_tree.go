package main

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	// Above honest files, of which 5 MiB hold 60,000 encrypted values; far below what aliases that
	// multiply, or a value within itself, come to. So many take some seconds.
	maxTreeNodes = 200_000
	maxTreeDepth = 1_000
)

var encryptedValue = regexp.MustCompile(`^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]`)

// tree decrypts the values of one file.
type tree struct {
	key       []byte
	selection *selection
	keys      *keyring
	nodes     int
}

// decrypt gives a value of a file with everything below it decrypted, and aliases replaced by what
// they stand for. path has the keys that lead to it; those of lists do not count.
func (t *tree) decrypt(node *yaml.Node, path []string, depth int) (*yaml.Node, error) {
	if t.nodes++; t.nodes > maxTreeNodes || depth > maxTreeDepth {
		return nil, faultf(codeDecryptionFailed, "it has too many values, or nests them too deep")
	}
	switch node.Kind {
	case yaml.AliasNode:
		return t.decrypt(node.Alias, path, depth+1)
	case yaml.MappingNode:
		return t.decryptMapping(node, path, depth)
	case yaml.SequenceNode:
		plain := &yaml.Node{Kind: yaml.SequenceNode}
		t.copyComments(node, plain, path)
		for _, item := range node.Content {
			value, err := t.decrypt(item, path, depth+1)
			if err != nil {
				return nil, err
			}
			// Once a comment in the list.
			if value != nil {
				t.copyComments(item, value, path)
				plain.Content = append(plain.Content, value)
			}
		}
		return plain, nil
	default:
		return t.decryptScalar(node, path)
	}
}

func (t *tree) decryptMapping(node *yaml.Node, path []string, depth int) (*yaml.Node, error) {
	plain := &yaml.Node{Kind: yaml.MappingNode}
	t.copyComments(node, plain, path)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := plainScalar(node.Content[i])
		value, err := t.decrypt(node.Content[i+1], append(path, node.Content[i].Value), depth+1)
		if err != nil {
			return nil, err
		}
		if value != nil {
			t.copyComments(node.Content[i], key, path)
			t.copyComments(node.Content[i+1], value, path)
			plain.Content = append(plain.Content, key, value)
		}
	}
	return plain, nil
}

// decryptScalar returns nil for what once was a comment.
func (t *tree) decryptScalar(node *yaml.Node, path []string) (*yaml.Node, error) {
	value := decodeScalar(node)
	if value == nil || !t.selection.selects(path, node.Value) {
		return plainScalar(node), nil
	}
	text, isText := value.(string)
	if !isText {
		return nil, faultf(codeDecryptionFailed, "%s should be encrypted and is not", describePath(path))
	}
	if text == "" {
		return plainScalar(node), nil
	}
	plain, err := t.open(text, path)
	if err != nil {
		return nil, faultf(codeDecryptionFailed, "%s: %s", describePath(path), err)
	}
	if plain == nil {
		return nil, nil
	}
	return encodeScalar(plain)
}

// open decrypts one value; nil stands for a comment. Its errors do not quote the value.
func (t *tree) open(text string, path []string) (any, error) {
	found := encryptedValue.FindStringSubmatch(text)
	if found == nil {
		return nil, errors.New("should be encrypted and is not")
	}
	var parts [3][]byte
	for i := range parts {
		part, err := base64.StdEncoding.DecodeString(found[i+1])
		if err != nil {
			return nil, errors.New("is not base64")
		}
		parts[i] = part
	}
	block, err := aes.NewCipher(t.key)
	if err != nil {
		return nil, errors.New("the data key is malformed")
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(parts[1]))
	if err != nil {
		return nil, errors.New("the nonce is malformed")
	}
	// Where a value stands is part of what is authenticated.
	opened, err := gcm.Open(nil, parts[1], slices.Concat(parts[0], parts[2]), []byte(strings.Join(path, ":")+":"))
	if err != nil {
		return nil, errors.New("was changed or moved since it was encrypted; encrypt the file again")
	}
	t.keys.note(string(opened))
	value, err := typed(string(opened), found[4])
	if err != nil {
		return nil, errors.New("has not the type it was encrypted as")
	}
	return value, nil
}

func typed(text, kind string) (any, error) {
	switch kind {
	case "str", "bytes":
		return text, nil
	case "int":
		return strconv.Atoi(text)
	case "float":
		return strconv.ParseFloat(text, 64)
	case "bool":
		return strconv.ParseBool(text)
	case "time":
		return time.Parse(time.RFC3339Nano, text)
	case "comment":
		return nil, nil
	default:
		return nil, errors.New("unknown type")
	}
}

// copyComments keeps comments, decrypted as far as they are encrypted.
func (t *tree) copyComments(from, to *yaml.Node, path []string) {
	for _, each := range []struct{ from, to *string }{
		{&from.HeadComment, &to.HeadComment}, {&from.LineComment, &to.LineComment}, {&from.FootComment, &to.FootComment},
	} {
		lines := strings.Split(*each.from, "\n")
		for i, line := range lines {
			// A comment's encrypted value is of type comment, which open gives as nil.
			text := strings.TrimPrefix(line, "#")
			if !encryptedValue.MatchString(text) {
				continue
			}
			known := len(t.keys.values)
			if _, err := t.open(text, path); err == nil {
				lines[i] = "#" + t.keys.values[known]
			}
		}
		*each.to = strings.Join(lines, "\n")
	}
}

func decodeScalar(node *yaml.Node) (value any) {
	if node.Kind == 0 || node.Decode(&value) != nil {
		return node.Value
	}
	return value
}

// plainScalar is the same value without the style it was written in; numbers keep their digits.
func plainScalar(node *yaml.Node) *yaml.Node {
	if text, isText := decodeScalar(node).(string); isText {
		if plain, err := encodeScalar(text); err == nil {
			return plain
		}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: node.Tag, Value: node.Value}
}

func encodeScalar(value any) (*yaml.Node, error) {
	node := &yaml.Node{}
	if err := node.Encode(value); err != nil {
		return nil, faultf(codeDecryptionFailed, "it holds a value that cannot be written")
	}
	return node, nil
}

func describePath(path []string) string {
	return shorten(strings.Join(path, "."))
}
