package simdisk

// PlanReads sets what decides about each opening of an existing file and each read
// ("open", "read") from now on; nil lets all happen. They change nothing, so they do not
// count as calls, and Keep has no meaning.
func (d *Disk) PlanReads(plan func(Call) Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readPlan = plan
}

// beforeRead asks the plan about a call that changes nothing. The lock is held, but not
// while the call is held up.
func (d *Disk) beforeRead(op, name string) error {
	if d.crashed {
		return ErrCrashed
	}
	if d.readPlan == nil {
		return nil
	}
	fault := d.readPlan(Call{Op: op, Name: name})
	if fault.Wait != nil {
		d.mu.Unlock()
		<-fault.Wait
		d.mu.Lock()
		if d.crashed {
			return ErrCrashed
		}
	}
	return fault.Err
}
