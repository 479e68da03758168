package main

import (
	"math"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// costs are what calls cost, in the API server's units: a tenth per byte that is read or made. They
// go by the function's name, because an expression that is only parsed has no overloads, and cel-go
// then takes every call for a cheap one.
type costs struct{}

// products are the functions whose time may grow with the product of what they are given.
var products = map[string]bool{
	"contains": true, "indexOf": true, "lastIndexOf": true, "matches": true, "find": true, "findAll": true,
	"sets.contains": true, "sets.intersects": true, "sets.equivalent": true,
}

// traversals are the functions that go through a list.
var traversals = map[string]bool{
	"flatten": true, "isSorted": true, "max": true, "min": true, "reverse": true, "slice": true, "sort": true,
	"@sortByAssociatedKeys": true, "sum": true,
}

// comparisons look into lists and maps, to their depth.
var comparisons = map[string]bool{
	operators.Equals: true, operators.NotEquals: true, operators.In: true, operators.OldIn: true,
}

func (costs) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	cost := 1.0
	switch {
	case products[function]:
		for _, arg := range args {
			cost *= 1 + bulk(arg)
		}
	case function == "distinct":
		// Each item is held against all others.
		cost += bulk(args[0]) * bulk(args[0])
	case traversals[function]:
		for _, arg := range args {
			cost += bulk(arg)
		}
	case comparisons[function]:
		// Whichever side ends first ends it, of two values; a list is compared item by item.
		least := math.Inf(1)
		for _, arg := range args {
			least = min(least, bulk(arg))
		}
		if function == operators.In || function == operators.OldIn {
			least = bulk(args[len(args)-1])
		}
		cost += least
	default:
		for _, arg := range args {
			cost += length(arg)
		}
	}
	cost += length(result)
	units := uint64(math.Min(math.Ceil(cost), math.MaxInt64))
	return &units
}

// length is the cost of going through a text; other values are passed by reference.
func length(value ref.Val) float64 {
	switch of := value.(type) {
	case types.String:
		return float64(len(of)) * common.StringTraversalCostFactor
	case types.Bytes:
		return float64(len(of)) * common.StringTraversalCostFactor
	}
	return 0
}

// bulk is the cost of going through a value with all that is in it.
func bulk(value ref.Val) float64 {
	switch of := value.(type) {
	case traits.Mapper:
		return bulkOf(of.Value(), of)
	case traits.Lister:
		return bulkOf(of.Value(), of)
	}
	return length(value)
}

// bulkOf counts in the native value where there is one, which is what objects are made of.
func bulkOf(native any, value traits.Iterable) float64 {
	switch of := native.(type) {
	case map[string]any, []any:
		return bulkOfNative(of)
	}
	total := 1.0
	mapper, isMap := value.(traits.Mapper)
	for items := value.Iterator(); items.HasNext() == types.True; {
		item := items.Next()
		total += 1 + bulk(item)
		if isMap {
			total += bulk(mapper.Get(item))
		}
	}
	return total
}

func bulkOfNative(value any) float64 {
	total := 1.0
	switch of := value.(type) {
	case string:
		total += float64(len(of)) * common.StringTraversalCostFactor
	case map[string]any:
		for name, member := range of {
			total += float64(len(name))*common.StringTraversalCostFactor + bulkOfNative(member)
		}
	case []any:
		for _, item := range of {
			total += bulkOfNative(item)
		}
	}
	return total
}
