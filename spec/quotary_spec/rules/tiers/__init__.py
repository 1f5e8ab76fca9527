"""Licence tiers: of users, and of apps beside their host."""
