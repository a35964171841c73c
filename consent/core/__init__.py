"""Decision and proof algorithms: no I/O, no clock, no globals, standard library only."""
