"""Tables and all queries; every function takes the transaction or engine that it works on."""
