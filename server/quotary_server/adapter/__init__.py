"""Between the contract and the rule book: requests into nouns, results into answers."""
