"""The nouns of the rule book: frozen, typed, without logic beyond their own consistency.

``None`` always means "not known", which is different from no, zero or empty.
"""
