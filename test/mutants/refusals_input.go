package main

// What a request says: names, numbers, operations of a batch.
var input = []mutant{
	{
		name: "invisible-characters-in-names", why: "two SKUs look alike and are two items",
		file: "domain/stock/sku.go",
		old:  `if _, err := freeText.Append(nil, []byte(normal)); err != nil {`,
		new:  `if _, err := freeText.Append(nil, nil); err != nil {`,
		in:   "./domain/stock", tests: "TestASKUHasNoCharacterThatCannotBeSeen",
	},
	{
		name: "blank-characters-in-names", why: "a SKU with a blank of Braille looks as if it had none",
		file: "domain/stock/sku.go",
		old:  `return blank[r]`,
		new:  `return blank[-r]`,
		in:   "./domain/stock", tests: "TestASKUHasNoCharacterThatCannotBeSeen",
	},
	{
		name: "spaces-of-many-kinds", why: "two SKUs differ in the kind of their spaces only",
		file: "domain/stock/sku.go",
		old:  `normal, err := composed(name, plainSpace)`,
		new:  `normal, err := composed(name, anySpace)`,
		in:   "./domain/stock", tests: "TestASKUIsBroughtToOneForm",
	},
	{
		name: "former-names-forgotten", why: "after an upgrade no request finds an item with a name of an older version",
		file: "application/inventory/item_index.go",
		old:  `		x.former[sku] = true`,
		new:  `		x.former[normal] = true`,
		in:   "./adapters/httpapi", tests: "TestItemsOfAnOlderVersionKeepTheirNames",
	},
	{
		name: "former-names-for-all", why: "new items get names that older versions took",
		file: "domain/stock/sku.go",
		old:  `formerErr == nil && known(former) {`,
		new:  `formerErr == nil {`,
		in:   "./domain/stock", tests: "TestASKUOfAnOlderVersionKeepsItsName",
	},
	{
		name: "fractions-cut-off", why: "2.5 units are counted as 25",
		file: "adapters/httpapi/whole_number.go",
		old:  `	case zeros < 0:`,
		new:  `	case zeros < -1000:`,
		in:   "./adapters/httpapi", tests: "TestOtherNumbersAreRefused",
	},
	{
		name: "digits-without-bounds", why: "a number of ten bytes takes a gigabyte",
		file: "adapters/httpapi/whole_number.go",
		old:  `	case len(significant)+zeros > len(beyondInt64)-1:`,
		new:  `	case len(significant)+zeros > 500:`,
		in:   "./adapters/httpapi", tests: "FuzzPlainNumber",
	},
	{
		name: "bad-rows-in-an-atomic-batch", why: "an atomic batch with an invalid operation is done in part",
		file: "application/command/batch.go",
		old:  `		if !b.Atomic {`,
		new:  `		if b.Atomic {`,
		in:   "./application/command", tests: "TestAnAtomicBatchTellsEveryFaultAtOnce",
	},
	{
		name: "bad-row-has-no-content", why: "a key used for another invalid operation gets the first one's answer",
		file: "application/command/bad_operation.go",
		old:  `return json.Marshal(o.Operation) }`,
		new:  `return json.Marshal(o.problem) }`,
		in:   "./application/command", tests: "TestAnIndependentBatchDoesWhatIsValid",
	},
}
