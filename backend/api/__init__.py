"""The HTTP face: routes, dependencies and the one mapping from errors to statuses."""
