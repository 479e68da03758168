package main

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/api/resource"
	kubernetes "k8s.io/apiserver/pkg/cel"
)

const givesQuantities = "quantities"

// wrongType says that an expression gives something else than is asked for.
func wrongType(output *cel.Type, gives string) *celFault {
	if gives != givesQuantities {
		if output == cel.BoolType {
			return nil
		}
		return &celFault{Code: celNotBoolean, Detail: output.String()}
	}
	if output.IsExactType(kubernetes.QuantityType) || output.IsExactType(cel.ListType(kubernetes.QuantityType)) {
		return nil
	}
	return &celFault{Code: celNotQuantity, Detail: output.String()}
}

// quantitiesOf are the quantities an expression gave, as the API server writes them.
func quantitiesOf(result ref.Val) celVerdict {
	list, isList := result.(traits.Lister)
	if !isList {
		list = types.NewRefValList(types.DefaultTypeAdapter, []ref.Val{result})
	}
	quantities := []string{}
	for items := list.Iterator(); items.HasNext() == types.True; {
		item := items.Next()
		quantity, isQuantity := item.Value().(*resource.Quantity)
		if !isQuantity || quantity == nil {
			return celVerdict{Fault: &celFault{Code: celNotQuantity, Detail: item.Type().TypeName()}}
		}
		quantities = append(quantities, quantity.String())
	}
	return celVerdict{Quantities: quantities}
}
