package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	// Expressions may name time zones, and no file of the host can be read.
	_ "time/tzdata"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"
)

const (
	// Compiled expressions kept between requests.
	maxPrograms = 512
	// Code points of one expression.
	maxExpression = 16 << 10
)

// celExpression is an expression as a request names it.
type celExpression struct {
	Source string `json:"source"`
	// Names the expression may use, each an object. With any, the expression is checked ahead, also what
	// it gives; with none, it is only parsed, and the fields of the object are its names.
	Variables []string `json:"variables"`
	// Flux's dialect of the language or, if "kubernetes", that of the API server's own policies.
	Dialect string `json:"dialect"`
	// What it gives: true or false or, if "quantities", a quantity or a list of them.
	Gives string `json:"gives"`
	// What one evaluation may cost, in the API server's units.
	CostLimit uint64 `json:"costLimit"`
}

func (x celExpression) key() string {
	return fmt.Sprintf("%s %s %d %q %s", x.Dialect, x.Gives, x.CostLimit, x.Variables, x.Source)
}

// celFault is why an expression could not be compiled or evaluated, without what the object holds.
type celFault struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	// Of compilation, both from 1.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// Codes of celFault; src/engines/cel/cel.ts gives them their words.
const (
	celInvalid     = "invalid"
	celMissing     = "missing"
	celNotBoolean  = "not-boolean"
	celNotQuantity = "not-quantity"
	celCost        = "cost"
	celFailed      = "failed"
)

// celVerdict is what one expression says of one object.
type celVerdict struct {
	Value bool `json:"value"`
	// As the API server writes them.
	Quantities []string  `json:"quantities,omitzero"`
	Fault      *celFault `json:"fault,omitempty"`
}

// evaluate compiles expressions and evaluates each of them over the one attachment, a JSON object of
// names and values. Without an attachment it only compiles.
func (e *engine) evaluate(params json.RawMessage, attachments [][]byte) (any, [][]byte, error) {
	var asked struct {
		Expressions []celExpression `json:"expressions"`
	}
	if err := decode(params, &asked); err != nil {
		return nil, nil, err
	}
	var values map[string]any
	if len(attachments) > 0 {
		var err error
		if values, err = readValues(attachments[0]); err != nil {
			return nil, nil, err
		}
	}
	verdicts := make([]celVerdict, 0, len(asked.Expressions))
	for _, expression := range asked.Expressions {
		program, fault := e.programs.compile(expression)
		verdict := celVerdict{Fault: fault}
		if fault == nil && values != nil {
			verdict = judge(program, values, expression)
		}
		verdicts = append(verdicts, verdict)
	}
	return map[string]any{"verdicts": verdicts}, nil, nil
}

// celPrograms are the compiled expressions; they hold nothing of what they were evaluated over.
type celPrograms struct {
	environments map[string]*cel.Env
	compiled     map[string]cel.Program
}

func newCelPrograms() *celPrograms {
	return &celPrograms{map[string]*cel.Env{}, map[string]cel.Program{}}
}

func (p *celPrograms) compile(expression celExpression) (cel.Program, *celFault) {
	key := expression.key()
	if known, found := p.compiled[key]; found {
		return known, nil
	}
	env, err := p.environment(expression.Dialect, expression.Variables)
	if err != nil {
		return nil, &celFault{Code: celInvalid, Detail: err.Error()}
	}
	ast, fault := read(env, expression)
	if fault != nil {
		return nil, fault
	}
	program, err := env.Program(ast,
		cel.EvalOptions(cel.OptOptimize),
		cel.CostTracking(costs{}),
		cel.CostLimit(expression.CostLimit),
	)
	if err != nil {
		return nil, &celFault{Code: celInvalid, Detail: firstLine(err.Error())}
	}
	if len(p.compiled) >= maxPrograms {
		clear(p.compiled)
	}
	p.compiled[key] = program
	return program, nil
}

func (p *celPrograms) environment(dialect string, variables []string) (*cel.Env, error) {
	key := dialect + " " + strings.Join(variables, " ")
	if known, found := p.environments[key]; found {
		return known, nil
	}
	options := celDialect(dialect)
	for _, name := range variables {
		options = append(options, cel.Variable(name, celObjectType(dialect)))
	}
	env, err := cel.NewEnv(options...)
	if err == nil {
		p.environments[key] = env
	}
	return env, err
}

// read parses an expression and, where its names are declared, checks its types.
func read(env *cel.Env, expression celExpression) (*cel.Ast, *celFault) {
	parse := env.Parse
	if len(expression.Variables) > 0 {
		parse = env.Compile
	}
	ast, issues := parse(expression.Source)
	if issues != nil && len(issues.Errors()) > 0 {
		first := issues.Errors()[0]
		return nil, &celFault{
			Code:   celInvalid,
			Detail: firstLine(first.Message),
			Line:   max(0, first.Location.Line()),
			Column: first.Location.Column() + 1,
		}
	}
	if len(expression.Variables) > 0 {
		return ast, wrongType(ast.OutputType(), expression.Gives)
	}
	return ast, nil
}

// judge evaluates a program; whatever it is made of, it ends within its cost limit.
func judge(program cel.Program, values map[string]any, asked celExpression) (verdict celVerdict) {
	defer func() {
		if recover() != nil {
			verdict = celVerdict{Fault: &celFault{Code: celFailed}}
		}
	}()
	result, _, err := program.Eval(values)
	if err != nil {
		return celVerdict{Fault: explain(err, asked.Source)}
	}
	if asked.Gives == givesQuantities {
		return quantitiesOf(result)
	}
	value, isBoolean := result.(types.Bool)
	if !isBoolean {
		return celVerdict{Fault: &celFault{Code: celNotBoolean, Detail: result.Type().TypeName()}}
	}
	return celVerdict{Value: bool(value)}
}

var (
	missing = regexp.MustCompile(`(?s)^no such (?:key|attribute\(s\)|field): (.*)$`)
	// What cel-go says of a failure without quoting a value.
	harmless = regexp.MustCompile(`^(?:no such overload|divi(?:sion|de) by zero|modulus by zero|integer overflow|` +
		`unsigned integer overflow|optional\.none\(\) dereference|index out of (?:bounds|range): -?\d+|` +
		`index '-?\d+' out of range in list size '\d+')`)
)

// explain keeps what the object holds out of the reason: an error of cel-go quotes values, and who
// reads the status may not be allowed to read the object.
func explain(err error, source string) *celFault {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) {
		return &celFault{Code: celCost}
	}
	text := err.Error()
	if found := missing.FindStringSubmatch(text); found != nil {
		fault := &celFault{Code: celMissing}
		// A name from the expression itself; a computed key may be a value of the object.
		if name := found[1]; strings.Contains(source, name) {
			fault.Detail = shorten(name)
		}
		return fault
	}
	return &celFault{Code: celFailed, Detail: harmless.FindString(text)}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return shorten(line)
}

// readValues decodes a JSON object as the API server's own libraries do: a number without fraction
// or exponent is an integer.
func readValues(text []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var values map[string]any
	if err := decoder.Decode(&values); err != nil || values == nil {
		return nil, faultf(codeBadRequest, "the values are not a JSON object")
	}
	for name, value := range values {
		values[name] = withIntegers(value)
	}
	return values, nil
}

func withIntegers(value any) any {
	switch of := value.(type) {
	case json.Number:
		if integer, err := of.Int64(); err == nil {
			return integer
		}
		float, _ := of.Float64()
		return float
	case map[string]any:
		for name, member := range of {
			of[name] = withIntegers(member)
		}
	case []any:
		for i, item := range of {
			of[i] = withIntegers(item)
		}
	}
	return value
}
