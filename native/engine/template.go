package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

const (
	// Bytes of one template, and what one execution may write unless the request allows less.
	maxTemplate       = 1 << 20
	maxTemplateOutput = 4 << 20
)

// templateFault is why a template gave no text. Detail repeats names of the template at most, never a
// value it was given: that may be a Secret's.
type templateFault struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	// From 1; 0 where nothing points to a line.
	Line int `json:"line,omitempty"`
}

// Codes of templateFault; src/engines/templates/template-fault.ts gives them their words.
const (
	templateInvalid  = "invalid"
	templateFailed   = "failed"
	templateTooLarge = "too-large"
)

// template executes one Go template over each attachment, a JSON object of names and values. A result
// for each says where its text is among the replies, or why there is none.
func (e *engine) template(params json.RawMessage, attachments [][]byte) (any, [][]byte, error) {
	var asked struct {
		Source     string `json:"source"`
		MissingKey string `json:"missingKey"`
		MaxBytes   int    `json:"maxBytes"`
	}
	if err := decode(params, &asked); err != nil {
		return nil, nil, err
	}
	limit := maxTemplateOutput
	if asked.MaxBytes > 0 {
		limit = min(limit, asked.MaxBytes)
	}
	parsed, fault := parseTemplate(asked.Source, asked.MissingKey)
	results := make([]templateResult, 0, len(attachments))
	var replies [][]byte
	for _, attachment := range attachments {
		values, err := readValues(attachment)
		if err != nil {
			return nil, nil, err
		}
		if fault != nil {
			results = append(results, templateResult{Fault: fault})
			continue
		}
		text, failed := execute(parsed, values, limit)
		if failed != nil {
			results = append(results, templateResult{Fault: failed})
			continue
		}
		results = append(results, templateResult{Reply: len(replies)})
		replies = append(replies, text)
	}
	return map[string]any{"results": results}, replies, nil
}

type templateResult struct {
	Reply int            `json:"reply"`
	Fault *templateFault `json:"fault,omitempty"`
}

func parseTemplate(source, missingKey string) (*template.Template, *templateFault) {
	if len(source) > maxTemplate {
		return nil, &templateFault{Code: templateTooLarge}
	}
	option := "missingkey=zero"
	if missingKey == "error" || missingKey == "invalid" {
		option = "missingkey=" + missingKey
	}
	parsed, err := template.New("template").Option(option).Funcs(templateFunctions).Parse(source)
	if err != nil {
		// What the parser says quotes the template and nothing else.
		line, detail := position(err.Error())
		return nil, &templateFault{Code: templateInvalid, Detail: detail, Line: line}
	}
	return parsed, nil
}

func execute(parsed *template.Template, values map[string]any, limit int) ([]byte, *templateFault) {
	text := &boundedBuffer{limit: limit}
	err := parsed.Execute(text, values)
	if err == nil {
		return text.Bytes(), nil
	}
	if errors.Is(err, errTooLarge) {
		return nil, &templateFault{Code: templateTooLarge}
	}
	line, detail := position(err.Error())
	return nil, &templateFault{Code: templateFailed, Detail: withoutValues(err, detail), Line: line}
}

var errTooLarge = errors.New("the output is too large")

// boundedBuffer refuses what would go beyond its limit.
type boundedBuffer struct {
	bytes.Buffer
	limit int
}

func (b *boundedBuffer) Write(part []byte) (int, error) {
	if b.Len()+len(part) > b.limit {
		return 0, errTooLarge
	}
	return b.Buffer.Write(part)
}

// The library's own form: `template: template:3:7: executing "template" at <.a.b>: why`.
var positioned = regexp.MustCompile(`(?s)^template: [^:]*:(\d+)(?::\d+)?: (.*)$`)

func position(message string) (line int, detail string) {
	found := positioned.FindStringSubmatch(message)
	if found == nil {
		return 0, strings.TrimPrefix(message, "template: ")
	}
	line, _ = strconv.Atoi(found[1])
	return line, found[2]
}

// Causes that name types and names only.
var namesOnly = regexp.MustCompile(`^(map has no entry for key|nil data; no entry for key|can't evaluate field|nil pointer evaluating|wrong number of args|error calling [a-zA-Z0-9_]+: wrong number of args|exceeded maximum template depth)`)

var executing = regexp.MustCompile(`(?s)^executing "[^"]*" at (<.*?>): (.*)$`)

func withoutValues(err error, detail string) string {
	var refused refusal
	found := executing.FindStringSubmatch(detail)
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case found == nil:
		return namesOnly.FindString(detail)
	case namesOnly.MatchString(found[2]):
		return found[1] + ": " + firstLine(found[2])
	default:
		return found[1]
	}
}
