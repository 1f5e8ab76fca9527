"""What may be sold: what is offered to whom, the conditions of every sale, and the answer to a sale asked about."""
