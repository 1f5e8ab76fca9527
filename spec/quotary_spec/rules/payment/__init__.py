"""Ways to pay an order. ``assessment`` asks the rules of methods, net terms and progress in their order.

Editions 2021 and 2023 know one billing system; from 2024 on there are two, and Data Center is always on the old one.
"""
