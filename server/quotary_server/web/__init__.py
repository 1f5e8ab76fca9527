"""The web door: the calls of the contract as JSON over HTTP, plain and by the Connect protocol."""
