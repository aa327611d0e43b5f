"""Sentences by code: faults of a config, errors and events, as page, log and command line speak them."""
