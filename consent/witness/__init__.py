"""A small witness of consent logs (C2SP tlog-witness), for a second machine: it needs no database and no instance."""
