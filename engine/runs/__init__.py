"""Run folders on disk: what is in one, how it is read and written safely, and whose process it is. Imports no torch."""
