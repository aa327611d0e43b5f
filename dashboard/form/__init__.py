"""The Train tab: from the engine's settings to fields, and from what was typed to a config."""
