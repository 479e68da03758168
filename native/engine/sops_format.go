package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"gopkg.in/ini.v1"
)

// sopsFormat is how a file is written; an encrypted binary file is JSON with all of it in one value.
type sopsFormat string

const (
	formatYAML   sopsFormat = "yaml"
	formatJSON   sopsFormat = "json"
	formatDotenv sopsFormat = "dotenv"
	formatINI    sopsFormat = "ini"
	formatBinary sopsFormat = "binary"
)

// formatOf chooses by a file's name, as the sops command does.
func formatOf(name string) sopsFormat {
	if strings.HasSuffix(name, ".dockerconfigjson") {
		return formatJSON
	}
	switch path.Ext(name) {
	case ".yaml", ".yml":
		return formatYAML
	case ".json":
		return formatJSON
	case ".env":
		return formatDotenv
	case ".ini":
		return formatINI
	default:
		return formatBinary
	}
}

// What an encrypted file of each format cannot be without.
var encryptedMarks = []struct {
	format sopsFormat
	mark   *regexp.Regexp
}{
	{formatDotenv, regexp.MustCompile(`(?m)^sops_mac=ENC\[`)},
	{formatINI, regexp.MustCompile(`(?m)^\[sops\][ \t]*\r?$`)},
	{formatJSON, regexp.MustCompile(`"mac"\s*:\s*"ENC\[`)},
	{formatYAML, regexp.MustCompile(`(?m)^[ \t]+mac:\s+["']?ENC\[`)},
}

// detectEncrypted tells the format of an encrypted file by its content; empty if it is none.
func detectEncrypted(content []byte) sopsFormat {
	for _, each := range encryptedMarks {
		if each.mark.Match(content) {
			return each.format
		}
	}
	return ""
}

// parseEncrypted reads an encrypted file: its documents, each a mapping, and its metadata.
func parseEncrypted(content []byte, format sopsFormat) (documents []*yaml.Node, metadata *sopsMetadata, err error) {
	switch format {
	case formatJSON, formatBinary:
		documents, err = parseJSON(content)
	case formatDotenv:
		documents, err = parseDotenv(content)
	case formatINI:
		documents, err = parseINI(content)
	default:
		documents, err = parseYAML(content)
	}
	if err != nil {
		return nil, nil, faultf(codeDecryptionFailed, "it is not %s with mappings at the top", format)
	}
	metadata, err = readMetadata(documents)
	return documents, metadata, err
}

func parseYAML(content []byte) (documents []*yaml.Node, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	for {
		document := yaml.Node{}
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
			return nil, errors.New("not a mapping")
		}
		documents = append(documents, document.Content[0])
	}
}

func parseJSON(content []byte) ([]*yaml.Node, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	value, err := nodeOfJSON(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || value.Kind != yaml.MappingNode {
		return nil, errors.New("not one object")
	}
	return []*yaml.Node{value}, nil
}

// nodeOfJSON reads the next value, with keys in their order.
func nodeOfJSON(from *json.Decoder) (*yaml.Node, error) {
	token, err := from.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		node := &yaml.Node{Kind: yaml.SequenceNode}
		if token == '{' {
			node.Kind = yaml.MappingNode
		}
		for from.More() {
			below, err := nodeOfJSON(from)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, below)
		}
		_, err := from.Token()
		return node, err
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}, nil
	case string:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: token}, nil
	default:
		return encodeScalar(token)
	}
}

func parseDotenv(content []byte) ([]*yaml.Node, error) {
	values, flat := &yaml.Node{Kind: yaml.MappingNode}, &yaml.Node{Kind: yaml.MappingNode}
	comment := ""
	for line := range strings.SplitSeq(string(content), "\n") {
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, "#") {
			comment = strings.TrimPrefix(comment+"\n"+line, "\n")
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			return nil, errors.New("a line without =")
		}
		if name, isMetadata := strings.CutPrefix(key, "sops_"); isMetadata {
			add(flat, name, value)
			continue
		}
		add(values, key, strings.ReplaceAll(value, `\n`, "\n")).HeadComment = comment
		comment = ""
	}
	values.FootComment = comment
	addNode(values, "sops", unflatten(flat))
	return []*yaml.Node{values}, nil
}

func parseINI(content []byte) ([]*yaml.Node, error) {
	file, err := ini.LoadSources(ini.LoadOptions{AllowNonUniqueSections: true}, content)
	if err != nil {
		return nil, err
	}
	root := &yaml.Node{Kind: yaml.MappingNode}
	for _, section := range file.Sections() {
		below := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range section.Keys() {
			add(below, key.Name(), key.Value())
		}
		if section.Name() == "sops" {
			below = unflatten(below)
		}
		addNode(root, section.Name(), below)
	}
	return []*yaml.Node{root}, nil
}

func add(mapping *yaml.Node, key, value string) *yaml.Node {
	return addNode(mapping, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value})
}

// addNode returns the key's node.
func addNode(mapping *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	mapping.Content = append(mapping.Content, name, value)
	return name
}

// emitPlain writes decrypted documents. A binary file is the value it was kept in; what is none and
// should be stays in the format it was read in.
func emitPlain(documents []*yaml.Node, read, format sopsFormat) ([]byte, error) {
	if format == formatBinary {
		if content, found := binaryContent(documents); found {
			return content, nil
		}
		format = read
	}
	var err error
	var out bytes.Buffer
	switch {
	case format == formatYAML:
		encoder := yaml.NewEncoder(&out)
		encoder.SetIndent(4)
		for _, document := range documents {
			if err = encoder.Encode(document); err != nil {
				break
			}
		}
		_ = encoder.Close()
	case len(documents) != 1:
		err = errors.New("several documents")
	case format == formatJSON || format == formatBinary:
		err = writeJSON(&out, documents[0])
		if err == nil {
			var indented bytes.Buffer
			err = json.Indent(&indented, out.Bytes(), "", "\t")
			out = indented
			out.WriteByte('\n')
		}
	case format == formatDotenv:
		err = writeDotenv(&out, documents[0])
	default:
		err = writeINI(&out, documents[0])
	}
	if err != nil {
		return nil, faultf(codeDecryptionFailed, "what was decrypted cannot be written as %s: %s", format, err)
	}
	return out.Bytes(), nil
}

func binaryContent(documents []*yaml.Node) ([]byte, bool) {
	if len(documents) != 1 || len(documents[0].Content) != 2 || documents[0].Content[0].Value != "data" {
		return nil, false
	}
	value := documents[0].Content[1]
	if value.Kind != yaml.ScalarNode {
		return nil, false
	}
	return []byte(textOf(value)), true
}

// writeJSON writes a decrypted value on one line, keys in their order.
func writeJSON(out *bytes.Buffer, node *yaml.Node) error {
	switch node.Kind {
	case yaml.MappingNode:
		out.WriteByte('{')
		for i := 0; i+1 < len(node.Content); i += 2 {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSONText(out, node.Content[i].Value)
			out.WriteByte(':')
			if err := writeJSON(out, node.Content[i+1]); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, item := range node.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := writeJSON(out, item); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	default:
		switch value := decodeScalar(node).(type) {
		case string:
			writeJSONText(out, value)
		case int, int64, uint64, float64:
			// The digits as they are, if JSON can have them.
			if json.Valid([]byte(node.Value)) {
				out.WriteString(node.Value)
				return nil
			}
			encoded, err := json.Marshal(value)
			if err != nil {
				return errors.New("a number is none")
			}
			out.Write(encoded)
		case time.Time:
			writeJSONText(out, value.Format(time.RFC3339Nano))
		default:
			encoded, err := json.Marshal(value)
			if err != nil {
				return errors.New("a value is none of JSON")
			}
			out.Write(encoded)
		}
	}
	return nil
}

func writeJSONText(out *bytes.Buffer, text string) {
	encoded, _ := json.Marshal(text)
	out.Write(encoded)
}

func writeDotenv(out *bytes.Buffer, document *yaml.Node) error {
	comments := func(text string) {
		if text != "" {
			fmt.Fprintf(out, "%s\n", text)
		}
	}
	for i := 0; i+1 < len(document.Content); i += 2 {
		key, value := document.Content[i], document.Content[i+1]
		if value.Kind != yaml.ScalarNode {
			return errors.New("a value has values of its own")
		}
		comments(key.HeadComment)
		fmt.Fprintf(out, "%s=%s\n", key.Value, strings.ReplaceAll(textOf(value), "\n", `\n`))
	}
	comments(document.FootComment)
	return nil
}

func writeINI(out *bytes.Buffer, document *yaml.Node) error {
	file := ini.Empty(ini.LoadOptions{AllowNonUniqueSections: true})
	file.DeleteSection(ini.DefaultSection)
	for i := 0; i+1 < len(document.Content); i += 2 {
		section, err := file.NewSection(document.Content[i].Value)
		if err != nil || document.Content[i+1].Kind != yaml.MappingNode {
			return errors.New("not made of sections")
		}
		below := document.Content[i+1].Content
		for j := 0; j+1 < len(below); j += 2 {
			if _, err := section.NewKey(below[j].Value, textOf(below[j+1])); err != nil {
				return errors.New("a key is empty")
			}
		}
	}
	_, err := file.WriteTo(out)
	return err
}

// textOf gives a scalar as it stands in formats that know only text.
func textOf(node *yaml.Node) string {
	switch value := decodeScalar(node).(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case time.Time:
		return value.Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(value)
	}
}
