package httpapi

import (
	"fmt"

	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/stock"
)

// itemFilter reads which items a list is about.
func itemFilter(params parameters, known stock.Names) (f query.ItemFilter, err error) {
	if f.SKUs, err = names(params, "sku", known.SKU); err != nil {
		return f, err
	}
	if f.SKUPrefix, err = skuPrefix(params); err != nil {
		return f, err
	}
	if f.AvailableAtMost, err = params.availableAtMost(); err != nil {
		return f, err
	}
	for name, wanted := range map[string]*bool{"low": &f.Low, "negative": &f.Negative, "atRisk": &f.AtRisk} {
		if *wanted, err = params.boolean(name); err != nil {
			return f, err
		}
	}
	return f, nil
}

// storeNames reads the stores that a list names.
func storeNames(params parameters) ([]string, error) {
	return names(params, "store", func(name string) (string, error) { return name, stock.CheckStore(name) })
}

// names reads a parameter that may occur several times.
func names(params parameters, parameter string, normal func(string) (string, error)) ([]string, error) {
	given := params[parameter]
	if len(given) > query.MaxNames {
		return nil, &queryError{detail: fmt.Sprintf(
			"%s occurs %d times: send it at most %d times", parameter, len(given), query.MaxNames,
		)}
	}
	list := make([]string, len(given))
	for i, name := range given {
		var err error
		if list[i], err = normal(name); err != nil {
			return nil, &queryError{detail: err.Error()}
		}
	}
	return list, nil
}

// skuPrefix reads the beginning of SKUs, in the normal form of SKUs.
func skuPrefix(params parameters) (string, error) {
	prefix := params.text("skuPrefix")
	if err := command.CheckText(prefix, stock.MaxSKUBytes); err != nil {
		return "", &queryError{detail: "skuPrefix " + err.Error()}
	}
	return stock.PlainPrefix(prefix), nil
}
