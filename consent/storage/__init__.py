"""Tables and the only queries: every function takes the transaction or engine that it works on."""
