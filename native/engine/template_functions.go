package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// templateFunctions is sprig without what reads the host or gives another value each time: what a
// template gives is applied again and again, and must be the same while nothing changed.
var templateFunctions = func() template.FuncMap {
	functions := sprig.TxtFuncMap()
	for name, why := range unavailable {
		functions[name] = refusing(name, why)
	}
	for name, function := range ownFunctions {
		functions[name] = function
	}
	return functions
}()

const (
	another = "it gives another value each time"
	reaches = "it reaches beyond what a template is given"
	costly  = "it is made to take long"
)

var unavailable = map[string]string{
	"now": another, "ago": another, "durationRound": another, "uuidv4": another, "shuffle": another,
	"randAlphaNum": another, "randAlpha": another, "randAscii": another, "randNumeric": another,
	"randInt": another, "randBytes": another, "genPrivateKey": another, "genCA": another,
	"genCAWithKey": another, "genSelfSignedCert": another, "genSelfSignedCertWithKey": another,
	"genSignedCert": another, "genSignedCertWithKey": another, "buildCustomCert": another,
	"encryptAES": another, "bcrypt": another, "htpasswd": another, "generateAgeKey": another,
	"generateAgePQKey": another, "env": reaches, "expandenv": reaches, "expandEnv": reaches,
	"getHostByName": reaches, "derivePassword": costly, "decryptAES": costly,
}

// refusal is an error whose text holds no value a template was given.
type refusal string

func (r refusal) Error() string { return string(r) }

func refusing(name, why string) func(...any) (string, error) {
	return func(...any) (string, error) {
		return "", refusal(fmt.Sprintf("'%s' is not available: %s", name, why))
	}
}

// Items of a list, or copies of a text, that one call may make.
const maxMade = 100_000

func bounded(name string, made int) error {
	if made < 0 || made > maxMade {
		return refusal(fmt.Sprintf("'%s' may make at most %d at a time", name, maxMade))
	}
	return nil
}

var ownFunctions = template.FuncMap{
	"repeat": func(count int, text string) (string, error) {
		if err := bounded("repeat", count); err != nil {
			return "", err
		}
		return strings.Repeat(text, count), nil
	},
	"until":     func(count int) ([]int, error) { return numbers("until", 0, count, 1) },
	"untilStep": func(from, to, step int) ([]int, error) { return numbers("untilStep", from, to, step) },
	"indent":    indent,
	"nindent": func(width int, text string) (string, error) {
		indented, err := indent(width, text)
		return "\n" + indented, err
	},
	// Maps have no order: these have one.
	"keys":   keysOf,
	"values": valuesOf,

	"date":           func(layout string, of any) (string, error) { return formatTime(layout, of, "UTC") },
	"dateInZone":     formatTime,
	"date_in_zone":   formatTime,
	"htmlDate":       func(of any) (string, error) { return formatTime("2006-01-02", of, "UTC") },
	"htmlDateInZone": func(of any, zone string) (string, error) { return formatTime("2006-01-02", of, zone) },

	"toYaml": func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	},
	"fromYaml":          readYaml[map[string]any],
	"fromYamlArray":     readYaml[[]any],
	"fromJsonArray":     readYaml[[]any],
	"deterministicUUID": deterministicUUID,
}

func numbers(name string, from, to, step int) ([]int, error) {
	if step == 0 || (step > 0) != (to > from) {
		return []int{}, nil
	}
	count := (to - from) / step
	if err := bounded(name, count); err != nil {
		return nil, err
	}
	made := make([]int, 0, count)
	for at := from; (step > 0 && at < to) || (step < 0 && at > to); at += step {
		made = append(made, at)
	}
	return made, nil
}

func indent(width int, text string) (string, error) {
	if err := bounded("indent", width); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", width)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad), nil
}

func keysOf(of ...map[string]any) []string {
	names := []string{}
	for _, each := range of {
		for name := range each {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func valuesOf(of map[string]any) []any {
	values := []any{}
	for _, name := range keysOf(of) {
		values = append(values, of[name])
	}
	return values
}

// formatTime, unlike sprig's, takes nothing else for the present.
func formatTime(layout string, of any, zone string) (string, error) {
	var at time.Time
	switch value := of.(type) {
	case time.Time:
		at = value
	case int64:
		at = time.Unix(value, 0)
	case int:
		at = time.Unix(int64(value), 0)
	default:
		return "", refusal("a date is a time of 'toDate', or seconds since 1970")
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return "", refusal("the time zone is not known")
	}
	return at.In(location).Format(layout), nil
}

// readYaml reads YAML, of which JSON is a part, with integers that stay integers.
func readYaml[Value any](text string) (Value, error) {
	var none Value
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return none, err
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return none, err
	}
	read, fits := withIntegers(value).(Value)
	if !fits {
		return none, refusal("the text is not of the form that is asked for")
	}
	return read, nil
}

// deterministicUUID makes an UUID of its parts; upstream's, so that names made from it stay.
func deterministicUUID(parts ...string) string {
	trimmed := make([]string, len(parts))
	for at, part := range parts {
		trimmed[at] = strings.TrimSpace(part)
	}
	digest := sha256.Sum256([]byte(strings.Join(trimmed, "\x1f")))
	made := digest[:16]
	made[6] = made[6]&0x0f | 0x50
	made[8] = made[8]&0x3f | 0x80
	text := strings.ToUpper(hex.EncodeToString(made))
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
