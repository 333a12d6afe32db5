//go:build race

package process

// raceFlag builds the program as the tests are built.
const raceFlag = "-race"
