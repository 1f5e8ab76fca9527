"""Between the contract and the rule book: requests into nouns, with every violation at once, and results into answers."""
