"""Quotes, orders, payments, invoices and refunds: what may become of them, and how they are asked about."""
