package httpapi

import (
	"fmt"

	"github.com/gin-gonic/gin"
)

// DiskStatus is how much of the disk is free.
type DiskStatus struct {
	Free    int64 // bytes
	Reserve int64 // bytes that are kept for writes that complete what exists; 0 is none
	Low     bool  // less is free than the reserve
}

func (d DiskStatus) document() gin.H {
	return gin.H{"freeBytes": d.Free, "reserveBytes": d.Reserve, "low": d.Low}
}

// check does not make the service unready: what exists can be read, completed and ended.
func (d DiskStatus) check() check {
	if !d.Low {
		return check{Status: statusOK}
	}
	return check{Status: statusOK, Detail: fmt.Sprintf(
		"%d MiB are free, less than ONHAND_DISK_RESERVE_MB=%d: only writes that complete or end what exists are accepted",
		d.Free>>20, d.Reserve>>20)}
}
