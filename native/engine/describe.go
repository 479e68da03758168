package main

import (
	"regexp"
	"strings"
)

const maxMessage = 2000

var (
	// Where kustomize quotes a scalar, or the whole of a file.
	quoted = regexp.MustCompile("(?s)`[^`]*`")
	// An inline patch, as it names its source.
	inlinePatch = regexp.MustCompile(`(?s)\[patch: "(?:[^"\\]|\\.)*"\]`)
	// Phrases after which an error repeats what it read, up to its end.
	repeats = regexp.MustCompile(`(?s)(literal sources?|invalid utf8 bytes :|for the following resource:|found in(?: roleRef)?|for value|` +
		`must specify one of patch and path in|set at the same time|^decoding|: decoding|JsonOp=|Patch=|specify a target for (?:JSON )?patch|nodes unequal:|` +
		`content summary:|is not a string:|merging (?:config|CRDs|vars)) .*`)
	// The metadata of an object, annotations included.
	object = regexp.MustCompile(`(?s)in object \{\{.*\}\}`)
	// A line of an env file, byte by byte.
	byteLine = regexp.MustCompile(`line \[[0-9 ]*\]`)
	newlines = regexp.MustCompile(`(in|time|resource:|unequal:)\n`)
	spaces   = regexp.MustCompile(`\s+`)
	// How kustomize says that a resource is bad, after it also tried to read it as a directory.
	badResource = regexp.MustCompile(`accumulation err='(?:accumulating|merging) resources from '([^']*)': (.*)': must build at directory: .*`)
	badYAML     = regexp.MustCompile(`accumulating resources from '([^']*)': MalformedYAMLError: (.*) in File: .*`)
	badConfig   = regexp.MustCompile(`trouble configuring builtin (\w+) with config: \.\.\.: `)
	steps       = regexp.MustCompile(`^(?:accumulating (?:resources|components): )+`)
)

// describe turns an error of kustomize into a line for the tenant: paths are relative to the
// source, and what files hold is left out, for whoever reads the status may not read the source.
func describe(err error) string {
	text := withoutJail(err.Error())
	text = quoted.ReplaceAllString(text, "...")
	text = inlinePatch.ReplaceAllString(text, "[inline patch]")
	text = object.ReplaceAllString(text, "in an object")
	text = newlines.ReplaceAllString(text, "$1 ")
	text = repeats.ReplaceAllString(text, "$1 ...")
	text = userinfo.ReplaceAllString(text, "$1***@")
	text = byteLine.ReplaceAllString(text, "a line")
	text = strings.TrimSpace(spaces.ReplaceAllString(text, " "))
	text = badResource.ReplaceAllString(text, "$1: $2")
	text = badYAML.ReplaceAllString(text, "$1: $2")
	text = badConfig.ReplaceAllString(text, "$1: ")
	text = steps.ReplaceAllString(text, "")
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "..."
	}
	return text
}

func withoutJail(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, jail+"/", ""), jail, ".")
}
