"""A quote: its lines, its total, and how long it is open."""
