// Package history holds what clients saw of an item against what an item is: is there an
// order of all operations, each at one moment between its beginning and its end, in which
// every answer is right? The model knows on hand, holds, deadlines and versions, and also
// when a refusal is right. It is written for this package and shares no code with the domain.
package history
