// Package ports has the interfaces between the application and the world. Each port has its
// contract in prose on its methods; every adapter and every decorator of a port passes the port's
// contract suite (eventstoretest and so on).
package ports
