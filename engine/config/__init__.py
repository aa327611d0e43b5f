"""A run's settings: the schema, its checks, YAML files, presets and published figures. Imports no torch."""
