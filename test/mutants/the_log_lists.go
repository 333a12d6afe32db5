package main

// Lists, which show entries in memory and in the index of what is closed as one.
var listed = []mutant{
	{
		name: "stale-twin-listed", why: "a list has a reservation as the index has it, although it has changed",
		file: "application/query/page.go",
		old:  `	if newer != nil {`,
		new:  `	if newer != nil && len(d.list.statuses) < 0 {`,
		in:   "./application/query", tests: "TestPagesShowEveryEntryThatFitsOnce",
	},
	{
		name: "twins-listed", why: "a list has a reservation twice, as overdue and as expired",
		file: "application/query/page.go",
		old:  `	if !again {`,
		new:  `	if !again || len(d.list.statuses) > 0 {`,
		in:   "./application/query", tests: "TestAnEntryThatExpiresWhileAPageIsReadIsShownOnce",
	},
	{
		name: "evicted-during-a-page", why: "a list has a reservation as the index had it before the page was read",
		file: "application/query/page.go",
		old:  `newer == nil && d.list.from.Evictions() != d.evictions`,
		new:  `newer == nil && d.list.from.Evictions() < d.evictions`,
		in:   "./application/query", tests: "TestAnEntryThatMovesToTheIndexWhileAPageIsReadIsShownAsItIsNow",
	},
	{
		name: "page-beyond-the-examined", why: "the next page begins after entries that no page has",
		file: "application/query/page.go",
		old:  `b.more && d.walk.Compare(b.end, a.end) < 0 {`,
		new:  `b.more && d.walk.Compare(b.end, a.end) > 0 {`,
		in:   "./application/query", tests: "TestPagesShowEveryEntryThatFitsOnce",
	},
	{
		name: "entries-beyond-the-end-of-a-page", why: "two pages have the same entry",
		file: "application/query/page.go",
		old:  `	if end.more {`,
		new:  `	if end.more && len(d.found) < 0 {`,
		in:   "./application/query", tests: "TestPagesShowEveryEntryThatFitsOnce",
	},
	{
		name: "expired-by-a-list-alone", why: "a list has a reservation as expired that a decision under way commits",
		file: "application/query/page.go",
		old:  `		exact = exact && d.list.from.InMemory(id) == entry`,
		new:  `		exact = exact && entry != nil`,
		in:   "./application/query", tests: "TestPagesShowEveryEntryThatFitsOnce",
	},
	{
		name: "overdue-unlisted", why: "lists of expired reservations miss those that no event says so of yet",
		file: "application/query/page.go",
		old:  `	for _, entry := range overdue {`,
		new:  `	for _, entry := range overdue[:0] {`,
		in:   "./application/query", tests: "TestPagesShowEveryEntryThatFitsOnce",
	},
	{
		name: "expired-where-they-were", why: "pages in the order of changes miss reservations that have expired",
		file: "application/inventory/orders.go",
		old:  `d.id != "" && d.at <= now {`,
		new:  `d.id != "" && d.at <= min(now, 0) {`,
		in:   "./application/inventory", tests: "TestAWalkVisitsEveryEntryInItsOrder",
	},
}
