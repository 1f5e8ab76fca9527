"""The ends of life of Data Center and Server, and what may still be sold before them."""
