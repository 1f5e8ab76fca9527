"""The calls of the contract, one module each: read the request, ask the rule book, write the answer."""
