"""A local server that speaks the providers' wire protocols: first look, demos, tests."""
