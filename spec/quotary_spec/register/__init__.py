"""The register: editions, products, rulings, reasons, parameters and the catalogue map, as data read once.

Each module beside this one reads one kind of file and offers it as frozen, typed rows. Nothing here computes.
"""
