"""Guard: who is billable, what policies may hold, what a bill says, charging, trials and the end."""
