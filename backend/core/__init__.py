"""What every other layer stands on; knows nothing above it."""
