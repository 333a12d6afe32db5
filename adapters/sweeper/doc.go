// Package sweeper is the worker that writes down what deadlines have done while
// nobody asked. No number depends on it: a hold stops counting at its deadline
// whether it runs or not. It keeps fresh what others read from the log.
package sweeper
