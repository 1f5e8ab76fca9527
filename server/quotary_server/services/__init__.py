"""The services of the contract, one module each. They read, ask the rule book, and write; they hold no rule."""
