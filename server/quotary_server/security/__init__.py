"""Who may reach the server and what they may do: TLS, callers, and the roles that the contract asks of each method."""
