"""The yardstick: conformance vectors, and a runner that puts them to any server of the contract.

It knows the contract and the vectors, and nothing of how this project answers them.
"""

__version__ = "0.1.0"
