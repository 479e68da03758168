package main

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apiserver/pkg/cel/library"
)

const dialectKubernetes = "kubernetes"

// celDialect is the language an expression is written in.
func celDialect(name string) []cel.EnvOption {
	shared := []cel.EnvOption{
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		cel.ParserExpressionSizeLimit(maxExpression),
		ext.Sets(),
	}
	if name == dialectKubernetes {
		// k8s.io/apiserver/pkg/cel/environment of Kubernetes 1.36, without what asks the API server.
		return append(shared,
			ext.Strings(ext.StringsVersion(2)),
			ext.Lists(ext.ListsVersion(3)),
			ext.TwoVarComprehensions(),
			library.URLs(),
			library.Regex(),
			library.Lists(),
			library.Quantity(),
			library.IP(),
			library.CIDR(),
			library.Format(),
			library.SemverLib(library.SemverVersion(1)),
		)
	}
	return append(shared, ext.Strings(), ext.Encoders())
}

// celObjectType is what a declared name stands for.
func celObjectType(dialect string) *cel.Type {
	if dialect == dialectKubernetes {
		return cel.DynType
	}
	return cel.ObjectType("google.protobuf.Struct")
}
