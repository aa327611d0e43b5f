"""Makes this folder a package, so that its browser and its dashboard end with it."""
