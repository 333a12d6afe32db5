// Package ports says what the application needs from the world. Each port's
// contract stands in prose on its methods; every adapter and every decorator of
// a port passes the port's contract suite (eventstoretest and so on).
package ports
