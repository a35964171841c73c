"""The decision and the proof maths: no I/O here, no clock, no globals, standard library only."""
